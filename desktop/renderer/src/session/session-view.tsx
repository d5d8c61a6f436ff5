import { isFinal, type Run } from '@agentfleet/contract';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useAskedToShow } from '../approvals/ask-to-show.js';
import { RunApprovalsContext, useRunApprovals } from '../approvals/run-approvals.js';
import { SightContext, useSight } from '../approvals/sight.js';
import { useShowWaiting } from '../approvals/use-show-waiting.js';
import { WaitingBar } from '../approvals/waiting-bar.js';
import { WaitingSaid } from '../approvals/waiting-said.js';
import { useTransport } from '../base/transport-context.js';
import type { Item } from '../conversation/items.js';
import type { SessionLog } from '../conversation/session-log.js';
import type { Place } from '../conversation/thread-log.js';
import { Modal } from '../ui/modal.js';
import { ErrorNote } from '../ui/notes.js';
import { Skeleton } from '../ui/skeleton.js';
import { useMedia } from '../ui/use-media.js';
import { Composer } from './composer.js';
import { FindBar } from './find-bar.js';
import { ItemMenu } from './item-menu.js';
import { markFound } from './mark-found.js';
import { RawItem, RawLog } from './raw-view.js';
import { SessionActions } from './session-actions.js';
import { SessionHeader } from './session-header.js';
import { TasksAside, TasksBar } from './task-panel.js';
import { ThreadPanel } from './thread-panel.js';
import { Transcript } from './transcript.js';
import type { TranscriptHandle } from './transcript-props.js';
import { useCopies } from './use-copies.js';
import { useFind } from './use-find.js';
import { seqInAddress, useLinkedEvent } from './use-linked-event.js';
import { useSessionKeys } from './use-session-keys.js';
import type { ThreadRuns } from './use-thread.js';
import { useThreadLog } from './use-thread-log.js';

type Over = { type: 'raw'; item: Item; log: SessionLog } | { type: 'raw log' | 'details' } | null;

interface Props {
  thread: ThreadRuns;
  /** The run that the address names. */
  runId: string;
}

/** A thread that is there: its conversation, and everything that can be done with it. */
export function SessionView({ thread, runId }: Props) {
  const { runs } = thread;
  const transport = useTransport();
  const log = useThreadLog(runs);
  const transcript = useRef<TranscriptHandle>(null);
  const composer = useRef<HTMLTextAreaElement>(null);
  const [over, setOver] = useState<Over>(null);
  const [menu, setMenu] = useState<{ item: Item; place: Place; at: HTMLElement } | null>(null);
  const [selected, setSelected] = useState<Place>();
  /** How often find was asked for; 0 while it is closed. */
  const [asked, setAsked] = useState(0);
  const isPhone = useMedia('(width < 40rem)');
  const { addressed, current, begun } = whoIsWho(runs, runId);
  const own = log.section(addressed.id)?.log;
  const active = log.section(begun.id)?.log;

  const isReady = useReady(own?.state.isOpen === true || addressed.status === 'QUEUED');
  useEffect(() => log.want(addressed.id), [log, addressed.id]);

  const show = useCallback((place: Place) => transcript.current?.show(place), []);
  const openMenu = useCallback(
    (item: Item, place: Place, at: HTMLElement) => setMenu({ item, place, at }),
    [],
  );
  const linked = useLinkedEvent(log, runId, isReady, show);
  const readAll = async (onProgress?: (share: number) => void, signal?: AbortSignal) =>
    (await thread.fetchAllOlder()) && log.loadAll(onProgress, signal);
  const find = useFind(log, asked > 0, readAll, show);
  const found = asked > 0 ? find.here : undefined;
  const query = asked > 0 ? find.query : '';

  const conversation = active?.conversation;
  const approvals = useRunApprovals(begun, conversation?.lastAsked ?? 0);
  const { inSight, onSight } = useSight();
  const inThread = {
    show: (seq: number) => show({ runId: begun.id, seq }),
    follow: () => transcript.current?.follow(),
  };
  const { strays, showWaiting } = useShowWaiting(approvals.waiting, conversation, inThread);
  useAskedToShow(begun.id, isReady && approvals.waiting.length > 0, () => showWaiting(inSight));

  const isAtEnd = addressed === runs.at(-1) || !isFinal(addressed.status);
  // biome-ignore lint/correctness/useExhaustiveDependencies: where it leads is decided once
  useLayoutEffect(() => {
    if (!isReady || seqInAddress() !== undefined) return;
    if (isAtEnd) transcript.current?.follow();
    else show({ runId: addressed.id, seq: 0 });
  }, [isReady, addressed.id]);

  const openFind = () => setAsked((times) => times + 1);
  const closeFind = () => {
    setAsked(0);
    transcript.current?.scroller.current?.focus({ preventScroll: true });
  };
  const copies = useCopies(log, transport.serverUrl(), readAll);
  const showRaw = (item: Item, place: Place) => {
    const of = log.section(place.runId)?.log;
    if (of) setOver({ type: 'raw', item, log: of });
  };
  const actions = { copy: copies.copyItem, copyLink: copies.copyLink, showRaw };
  const doings = {
    find: openFind,
    copySession: copies.copyAll,
    copyLink: () => copies.copyLink({ runId: addressed.id, seq: 0 }),
    showRawLog: () => setOver({ type: 'raw log' }),
    showDetails: () => setOver({ type: 'details' }),
    compose: () => composer.current?.focus(),
  };
  useSessionKeys({
    log,
    transcript,
    selected,
    select(place) {
      setSelected(place);
      show(place);
    },
    actions,
    ...doings,
    showWaiting: () => showWaiting(inSight),
    leave: () => setSelected(undefined),
  });
  // Marks belong to the page: they go when the view does.
  useEffect(() => () => markFound(null, '', undefined), []);

  if (!isReady) return <Skeleton lines={8} />;
  const failed = log.sections.map(({ log: { state } }) => state.end).find((end) => end?.type === 'failed');
  const bar = <SessionActions run={current} again={addressed} isSmall={isPhone} {...doings} />;
  const panel = (
    <>
      {active && <TasksAside list={active.taskList} />}
      <ThreadPanel thread={thread} run={addressed} log={log} show={show} />
    </>
  );
  return (
    <RunApprovalsContext value={approvals}>
      <SightContext value={onSight}>
        <div className="flex h-full">
          <div className="flex min-w-0 flex-1 flex-col">
            <SessionHeader runs={runs} run={current} actions={isPhone ? null : bar} />
            {active && <TasksBar list={active.taskList} />}
            <div className="relative flex min-h-0 flex-1 flex-col">
              {asked > 0 && <FindBar find={find} asked={asked} onClose={closeFind} />}
              <Transcript
                log={log}
                handle={transcript}
                selected={selected}
                linked={linked}
                found={found}
                query={query}
                menuOf={menu?.item}
                strays={strays}
                onMenu={openMenu}
                onOlder={thread.hasOlder ? () => void thread.fetchOlder().catch(() => {}) : undefined}
                onDrawn={() =>
                  markFound(transcript.current?.scroller.current ?? null, query, found, find.setDrawn)
                }
              />
            </div>
            {failed?.type === 'failed' && <ErrorNote error={failed.error} />}
            <WaitingBar waiting={approvals.waiting} inSight={inSight} onShow={() => showWaiting(inSight)} />
            <WaitingSaid waiting={approvals.waiting} />
            <Composer runs={runs} field={composer} />
            {isPhone && <div className="thumb-bar">{bar}</div>}
          </div>
          <aside
            aria-label="Details"
            className="hidden w-80 shrink-0 overflow-y-auto border-line border-l p-5 xl:block 2xl:w-96"
          >
            {panel}
          </aside>
          {menu && (
            <ItemMenu
              item={menu.item}
              place={menu.place}
              at={menu.at}
              actions={actions}
              onClose={() => setMenu(null)}
            />
          )}
          {over?.type === 'raw' && <RawItem log={over.log} item={over.item} onClose={() => setOver(null)} />}
          {over?.type === 'raw log' && own && (
            <RawLog log={own} run={addressed} onClose={() => setOver(null)} />
          )}
          {over?.type === 'details' && (
            <Modal title="Details" onClose={() => setOver(null)}>
              {panel}
            </Modal>
          )}
        </div>
      </SightContext>
    </RunApprovalsContext>
  );
}

/** The run that the address names, the one that goes on or ended last, and the newest that has begun. */
function whoIsWho(runs: readonly Run[], runId: string) {
  const newest = runs.at(-1);
  if (!newest) throw new Error('A thread has a run at least');
  const addressed = runs.find(({ id }) => id === runId) ?? newest;
  const current = runs.find(({ status }) => !isFinal(status)) ?? newest;
  // What was cancelled in the queue has never begun.
  const begun =
    runs.findLast(({ status, startedAt }) => status === 'CLAIMED' || startedAt !== null) ?? newest;
  return { addressed, current, begun };
}

/** What was there once is not taken away again. */
function useReady(isReady: boolean): boolean {
  const [was, setWas] = useState(false);
  if (isReady && !was) setWas(true);
  return was || isReady;
}
