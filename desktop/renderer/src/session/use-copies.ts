import { itemAsMarkdown, sessionAsMarkdown } from '../conversation/as-markdown.js';
import type { Item } from '../conversation/items.js';
import type { Place, ThreadLog } from '../conversation/thread-log.js';
import { toast } from '../ui/toasts.js';
import { copyText } from './clipboard.js';
import { linkTo } from './use-linked-event.js';

/** What can be taken along from a thread. @param server its address, as another machine would be told it */
export function useCopies(log: ThreadLog, server: string, readAll: () => Promise<boolean>) {
  return {
    async copyItem(item: Item) {
      if (await copyText(itemAsMarkdown(item))) toast({ title: 'Copied' });
    },
    async copyLink(place: Place) {
      if (await copyText(linkTo(server, place))) toast({ title: 'The link is copied' });
    },
    async copyAll() {
      const whole = readAll().then((isWhole) => {
        if (!isWhole) throw new Error('Not all of the session could be read, so nothing is copied');
        return log.sections
          .map((section) => sessionAsMarkdown(section.run, section.log.conversation.items))
          .join('\n');
      });
      if (await copyText(whole)) toast({ title: 'The session is copied as markdown' });
    },
  };
}
