import type { Run } from '@agentfleet/contract';
import { useEffect, useRef, useState } from 'react';
import { useAskedToShow } from '../approvals/ask-to-show.js';
import { RunApprovalsContext, useRunApprovals } from '../approvals/run-approvals.js';
import { SightContext, useSight } from '../approvals/sight.js';
import { useShowWaiting } from '../approvals/use-show-waiting.js';
import { WaitingBar } from '../approvals/waiting-bar.js';
import { WaitingSaid } from '../approvals/waiting-said.js';
import { itemAsMarkdown, sessionAsMarkdown } from '../conversation/as-markdown.js';
import type { Item } from '../conversation/items.js';
import type { SessionLog } from '../conversation/session-log.js';
import { Modal } from '../ui/modal.js';
import { ErrorNote } from '../ui/notes.js';
import { toast } from '../ui/toasts.js';
import { copyText } from './clipboard.js';
import { Composer } from './composer.js';
import { FindBar } from './find-bar.js';
import { type ItemActions, ItemMenu } from './item-menu.js';
import { markFound } from './mark-found.js';
import { RawItem, RawLog } from './raw-view.js';
import { SessionDetails } from './session-details.js';
import { SessionHeader } from './session-header.js';
import { TasksAside, TasksBar } from './task-panel.js';
import { Transcript, type TranscriptHandle } from './transcript.js';
import { useFind } from './use-find.js';
import { linkTo, useLinkedEvent } from './use-linked-event.js';
import { useSessionKeys } from './use-session-keys.js';

type Over = { type: 'raw'; item: Item } | { type: 'raw log' } | { type: 'details' } | null;

/** A session that is there: its conversation, and everything that can be done with it. */
export function SessionView({ run, log }: { run: Run; log: SessionLog }) {
  const { conversation, state } = log;
  const transcript = useRef<TranscriptHandle>(null);
  const composer = useRef<HTMLTextAreaElement>(null);
  const [over, setOver] = useState<Over>(null);
  const [menu, setMenu] = useState<{ item: Item; at: HTMLElement } | null>(null);
  const [selected, setSelected] = useState<number>();
  /** How often find was asked for; 0 while it is closed. */
  const [asked, setAsked] = useState(0);
  const show = (seq: number) => transcript.current?.show(seq);
  const linked = useLinkedEvent(log, show);
  const find = useFind(log, asked > 0, show);
  const found = find.found[find.at];
  const query = asked > 0 ? find.query : '';

  const approvals = useRunApprovals(run, conversation.lastAsked);
  const { inSight, onSight } = useSight();
  const { strays, showWaiting } = useShowWaiting(approvals.waiting, conversation, transcript);
  useAskedToShow(run.id, approvals.waiting.length > 0, () => showWaiting(inSight));

  const openFind = () => setAsked((times) => times + 1);
  const closeFind = () => {
    setAsked(0);
    transcript.current?.scroller.current?.focus({ preventScroll: true });
  };
  const copySession = async () => {
    const whole = log.loadTo(1).then((isWhole) => {
      if (!isWhole) throw new Error('Not all of the session could be read, so nothing is copied');
      return sessionAsMarkdown(run, conversation.items);
    });
    if (await copyText(whole)) toast({ title: 'The session is copied as markdown' });
  };
  const actions: ItemActions = {
    async copy(item) {
      if (await copyText(itemAsMarkdown(item))) toast({ title: 'Copied' });
    },
    async copyLink(item) {
      if (await copyText(linkTo(item.seq))) toast({ title: 'The link is copied' });
    },
    showRaw: (item) => setOver({ type: 'raw', item }),
  };
  useSessionKeys({
    log,
    transcript,
    selected,
    select(seq) {
      setSelected(seq);
      show(seq);
    },
    actions,
    find: openFind,
    copySession: () => void copySession(),
    showRawLog: () => setOver({ type: 'raw log' }),
    showDetails: () => setOver({ type: 'details' }),
    compose: () => composer.current?.focus(),
    showWaiting: () => showWaiting(inSight),
    leave: () => setSelected(undefined),
  });
  // Marks belong to the page: they go when the view does.
  useEffect(() => () => markFound(null, '', undefined), []);

  return (
    <RunApprovalsContext value={approvals}>
      <SightContext value={onSight}>
        <div className="flex h-full">
          <div className="flex min-w-0 flex-1 flex-col">
            <SessionHeader
              run={run}
              onFind={openFind}
              onCopy={() => void copySession()}
              onRaw={() => setOver({ type: 'raw log' })}
              onDetails={() => setOver({ type: 'details' })}
            />
            <TasksBar list={log.taskList} />
            <div className="relative flex min-h-0 flex-1 flex-col">
              {asked > 0 && <FindBar find={find} asked={asked} onClose={closeFind} />}
              <Transcript
                run={run}
                log={log}
                handle={transcript}
                selected={selected}
                linked={linked}
                found={found}
                menuOf={menu?.item}
                strays={strays}
                onMenu={(item, at) => setMenu({ item, at })}
                onDrawn={() => markFound(transcript.current?.scroller.current ?? null, query, found)}
              />
            </div>
            {state.end?.type === 'failed' && <ErrorNote error={state.end.error} />}
            <WaitingBar waiting={approvals.waiting} inSight={inSight} onShow={() => showWaiting(inSight)} />
            <WaitingSaid waiting={approvals.waiting} />
            <Composer run={run} field={composer} />
          </div>
          <aside
            aria-label="Details"
            className="hidden w-80 shrink-0 overflow-y-auto border-line border-l p-5 xl:block 2xl:w-96"
          >
            <TasksAside list={log.taskList} />
            <SessionDetails run={run} />
          </aside>
          {menu && <ItemMenu item={menu.item} at={menu.at} actions={actions} onClose={() => setMenu(null)} />}
          {over?.type === 'raw' && <RawItem log={log} item={over.item} onClose={() => setOver(null)} />}
          {over?.type === 'raw log' && <RawLog log={log} run={run} onClose={() => setOver(null)} />}
          {over?.type === 'details' && (
            <Modal title="Details" onClose={() => setOver(null)}>
              <SessionDetails run={run} onGo={() => setOver(null)} />
            </Modal>
          )}
        </div>
      </SightContext>
    </RunApprovalsContext>
  );
}
