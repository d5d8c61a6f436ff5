import { withHiddenSpelled } from '@agentfleet/contract';
import { useQueries } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTransport } from '../base/transport-context.js';
import { Conversation } from '../conversation/conversation.js';
import { byFile, changesIn, editTools, type FileChange } from '../conversation/file-changes.js';
import type { Place, Section, ThreadLog } from '../conversation/thread-log.js';
import type { Transport } from '../transport/transport.js';
import { ScrollBox } from '../ui/scroll-pre.js';
import { Seen } from '../ui/seen.js';
import { useNow } from '../ui/use-now.js';
import { OpenMenu } from './open-menu.js';

interface Props {
  log: ThreadLog;
  show: (place: Place) => void;
}

type Changed = FileChange & { runId: string };

/** Files that are listed until somebody wants them all. */
const mostFiles = 200;
/** Events that are read at a time. */
const pageSize = 1_000;

/** The files that Claude changed, with how many lines came and went; each leads to its newest change. */
export function FilesChanged({ log, show }: Props) {
  const transport = useTransport();
  const [all, setAll] = useState(false);
  const [listsAll, setListsAll] = useState(false);
  const begun = log.sections.filter(({ run }) => run.lastSeq > 0 && run.eventsPrunedAt === null);
  const looked = begun.filter((section) => all || section.log.state.isOpen);
  // What the logs do not hold yet: of all their events the changes are few, and they stay as they are.
  const earlier = useQueries({
    queries: looked.map(({ run, log: { state, conversation } }) => ({
      queryKey: ['changes', run.id],
      queryFn: () => readChanges(transport, run.id),
      enabled: !state.isOpen || conversation.firstSeq > 1,
      staleTime: Number.POSITIVE_INFINITY,
    })),
  });
  const beat = useNow(1_000);
  const read = earlier.map(({ data }) => data);
  // biome-ignore lint/correctness/useExhaustiveDependencies: logs grow in place, and counting once a second is enough
  const files = useMemo(
    () => filesOf(looked, read),
    [beat, log, looked.length, read.filter((part) => part).length],
  );
  const unread = begun.length - looked.length;
  if (files.length === 0 && unread === 0) return null;
  const [added, removed] = [sum(files, 'added'), sum(files, 'removed')];
  return (
    <section aria-label="Files changed" className="flex flex-col gap-1.5">
      <h2 className="flex items-baseline gap-2 font-semibold">
        Files changed
        <span className="ml-auto font-normal">
          <Lines added={added} removed={removed} />
        </span>
      </h2>
      {files.length > 0 && (
        <ScrollBox className="max-h-[30vh] overflow-y-auto">
          <ul>
            {files.slice(0, listsAll ? undefined : mostFiles).map(({ path, runId, seq, ...lines }) => (
              <li key={path} className="flex items-center">
                <button
                  type="button"
                  className="flex min-w-0 flex-1 items-baseline gap-3 rounded-md px-1 py-1 text-left hover:bg-sunken"
                  title={withHiddenSpelled(path)}
                  onClick={() => show({ runId, seq })}
                >
                  {/* Of a long path the end is what tells. */}
                  <span className="mono min-w-0 flex-1 truncate" dir="rtl">
                    <bdi dir="ltr">
                      <Seen text={relative(path, log.sections)} />
                    </bdi>
                  </span>
                  <Lines {...lines} />
                </button>
                <OpenMenu
                  runnerId={runnerOf(log, runId)}
                  path={path}
                  name={withHiddenSpelled(`Open ${relative(path, log.sections)}`)}
                  isSmall
                />
              </li>
            ))}
          </ul>
        </ScrollBox>
      )}
      {files.length > mostFiles && !listsAll && (
        <button type="button" className="button self-start" onClick={() => setListsAll(true)}>
          All {files.length.toLocaleString('en')} files
        </button>
      )}
      {unread > 0 && (
        <button type="button" className="button self-start" onClick={() => setAll(true)}>
          {unread === 1 ? 'Those of an earlier run' : `Those of ${unread} earlier runs`}
        </button>
      )}
    </section>
  );
}

function Lines({ added, removed }: { added: number; removed: number }) {
  return (
    <span className="mono whitespace-nowrap">
      {(added > 0 || removed === 0) && <span className="text-good">+{added}</span>}
      {removed > 0 && <span className="text-bad"> −{removed}</span>}
    </span>
  );
}

function filesOf(
  sections: readonly Section[],
  earlier: readonly (readonly FileChange[] | undefined)[],
): Changed[] {
  const files = new Map<string, Changed>();
  sections.forEach(({ run, log: { state, conversation, changesGivenBack } }, place) => {
    const from = state.isOpen ? conversation.firstSeq : Number.POSITIVE_INFINITY;
    // Some may be known of both.
    const known = new Map([...(earlier[place] ?? []), ...changesGivenBack].map((each) => [each.seq, each]));
    const before = [...known.values()]
      .filter(({ seq }) => seq < from)
      .sort((one, other) => one.seq - other.seq);
    const changes = [...before, ...(state.isOpen ? changesIn(conversation.items) : [])];
    for (const change of byFile(changes).reverse()) {
      const earlierRuns = files.get(change.path);
      files.delete(change.path);
      const added = change.added + (earlierRuns?.added ?? 0);
      const removed = change.removed + (earlierRuns?.removed ?? 0);
      files.set(change.path, { ...change, added, removed, runId: run.id });
    }
  });
  return [...files.values()].reverse();
}

async function readChanges(transport: Transport, runId: string): Promise<readonly FileChange[]> {
  const conversation = new Conversation();
  for (let after = 0; ; after = conversation.lastSeq) {
    const page = await transport.readEvents(runId, { after, limit: pageSize, tools: editTools });
    // Large ones make a page shorter: only an empty one is the last.
    if (page.length === 0) return changesIn(conversation.items);
    conversation.append(page);
  }
}

/** Within the folder of the session, as people call it there. */
function relative(path: string, [section]: readonly Section[]): string {
  const cwd = section?.run.cwd ?? '';
  const rest = path.slice(cwd.length + 1);
  return cwd !== '' && path.startsWith(cwd) && /[\\/]/.test(path.charAt(cwd.length)) ? rest : path;
}

const runnerOf = ({ sections }: ThreadLog, runId: string) =>
  sections.find(({ run }) => run.id === runId)?.run.runnerId ?? null;

const sum = (files: readonly Changed[], of: 'added' | 'removed') =>
  files.reduce((total, file) => total + file[of], 0);
