import { type Approval, withHiddenSpelled } from '@agentfleet/contract';
import { useQuery } from '@tanstack/react-query';
import { type CSSProperties, useEffect, useMemo, useRef, useState } from 'react';
import { Link } from 'wouter';
import { useMayAct } from '../base/signed-in.js';
import { useTransport } from '../base/transport-context.js';
import { type Look, lookOf } from '../conversation/tool-look.js';
import { ToolBody } from '../session/tool-body.js';
import { iconOf } from '../session/tool-icon.js';
import { promptOf } from '../sessions/prompt-of.js';
import { Age } from '../ui/age.js';
import { AskedSight } from '../ui/asked-sight.js';
import { firstLine, shortDirectory } from '../ui/format.js';
import { ErrorNote } from '../ui/notes.js';
import { Seen } from '../ui/seen.js';
import { ApprovalPanel } from './approval-panel.js';
import { askToShow } from './ask-to-show.js';
import { DangerMark } from './danger-mark.js';
import { itemOf } from './item-of.js';
import { approvalKey } from './use-decide.js';
import type { Entry } from './use-inbox.js';
import { askedWords } from './words.js';

/** What a session asks: by whom, what, how dangerous that is, how long is left, and the answers. */
export function WaitingEntry({ row, run, waits, runnerName }: Entry & { runnerName: string }) {
  const transport = useTransport();
  const mayDecide = useMayAct();
  // Of a cut row nobody decides, and what became of one that waits no more is not in the list.
  const whole = useQuery({
    queryKey: approvalKey(row.id),
    queryFn: () => transport.getApproval(row.id),
    enabled: row.truncated || !waits,
  });
  const { refetch } = whole;
  useEffect(() => {
    if (!waits) void refetch();
  }, [waits, refetch]);
  const approval = whole.data ?? (row.truncated ? undefined : row);
  const isOver = approval !== undefined && approval.state !== 'waiting';
  const { box, style } = useHeightKept(!isOver);
  const item = useMemo(() => itemOf(approval ?? row), [approval, row]);
  // What is asked stands there whole, whatever the line above says of it.
  const look = useMemo(() => lookOf({ ...item, title: '' }), [item]);
  const Icon = iconOf(row.tool);
  const title = firstLine(promptOf(run));
  return (
    <li ref={box} style={style} className="flex min-w-0 scroll-my-4 flex-col gap-1.5">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <h2 className="min-w-0 max-w-full flex-1 basis-60 font-semibold">
          <Link
            href={`/sessions/${run.id}`}
            onClick={() => askToShow(run.id)}
            dir="auto"
            className="block truncate py-0.5 hover:text-accent"
          >
            <Seen text={title} />
          </Link>
        </h2>
        <p className="min-w-0 truncate text-soft">
          {runnerName && (
            <>
              <Seen text={runnerName} /> ·{' '}
            </>
          )}
          <span title={withHiddenSpelled(run.cwd)}>
            <Seen text={shortDirectory(run.cwd)} />
          </span>{' '}
          · asked <Age at={row.requestedAt} />
        </p>
      </div>
      <div className="card" data-waits={(waits && !isOver) || undefined}>
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1 border-line border-b px-3 py-1.5">
          <Icon aria-hidden="true" size={14} className="shrink-0 text-soft" />
          <p className="min-w-0 flex-1 basis-40 [overflow-wrap:anywhere]">
            <span>
              <Seen text={headOf(row, look)} />
            </span>
            <OwnWords of={row} look={look} />
          </p>
          {!isOver && look.type !== 'questions' && <DangerMark approval={approval ?? row} cwd={run.cwd} />}
        </div>
        {approval ? (
          <AskedSight isAsked>
            <ToolBody
              item={item}
              look={look}
              permission={
                <ApprovalPanel
                  isMarked
                  cwd={run.cwd}
                  approval={approval}
                  about={withHiddenSpelled(title).slice(0, 100)}
                />
              }
              isAsked={waits && !isOver && mayDecide}
              answers={approval.answers}
            />
          </AskedSight>
        ) : (
          <p className="px-3 py-2 text-soft">…</p>
        )}
      </div>
      <ErrorNote error={approval ? null : whole.error} retry={() => void whole.refetch()} />
    </li>
  );
}

/** What Claude says of its command, told as that: it may be wrong, or meant to mislead. */
function OwnWords({ of: { input }, look }: { of: Approval; look: Look }) {
  if (look.type !== 'command' || typeof input.description !== 'string' || input.description === '')
    return null;
  return (
    <span className="block text-soft text-xs">
      Claude says of it: “
      <Seen text={input.description} />”
    </span>
  );
}

/** What it is: the plan and the questions stand in the body; of a command there is its beginning, in its own words. */
function headOf(row: Approval, look: Look): string {
  if (look.type === 'questions')
    return look.questions.length === 1 ? 'A question' : `${look.questions.length} questions`;
  if (look.type === 'plan') return 'A plan';
  return askedWords(row);
}

/** Keeps what is answered as high as it was: what stands below stays where it is. */
function useHeightKept(grows: boolean) {
  const box = useRef<HTMLLIElement>(null);
  const [height, setHeight] = useState(0);
  useEffect(() => {
    const element = box.current;
    if (!element || !grows) return;
    const observer = new ResizeObserver(() => setHeight(element.offsetHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, [grows]);
  const style: CSSProperties = grows ? {} : { minHeight: height };
  return { box, style };
}
