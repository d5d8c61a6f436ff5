import { askChannel, type Telling, tellChannel } from '@agentfleet/bridge';
import { ipcMain, type WebContents } from 'electron';
import { Calm } from './calm.js';
import { dispatch, type Handlers } from './dispatch.js';
import { isTrustedSender } from './sender.js';

/** Answers the windows. A message from anything but the app's own page is refused. */
export function serveCommands(handlers: Handlers<WebContents>, log: (text: string) => void): void {
  const calm = new Calm();
  ipcMain.handle(askChannel, (event, name: unknown, input: unknown) => {
    if (!isTrustedSender(event.senderFrame)) {
      log(`Refused a message from ${event.senderFrame?.url ?? 'a frame that is gone'}.`);
      return { ok: false, message: 'This page may not ask.' };
    }
    return dispatch(handlers, name, input, event.sender, calm);
  });
}

/** Tells a window something, if it is still there. */
export function tell(contents: WebContents, telling: Telling): void {
  if (!contents.isDestroyed()) contents.send(tellChannel, telling);
}
