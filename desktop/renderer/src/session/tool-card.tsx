import type { Approval } from '@agentfleet/contract';
import { useContext, useMemo, useState } from 'react';
import { ApprovalPanel } from '../approvals/approval-panel.js';
import { ClosedLine } from '../approvals/closed-line.js';
import { RunApprovalsContext, useApprovalOf } from '../approvals/run-approvals.js';
import { useMayAct } from '../base/signed-in.js';
import { mcpToolOf } from '../conversation/brief.js';
import { countLines } from '../conversation/edits.js';
import type { ToolItem } from '../conversation/items.js';
import { type Look, lookOf, wordOf } from '../conversation/tool-look.js';
import { titleOf } from '../conversation/tool-names.js';
import { AskedSight } from '../ui/asked-sight.js';
import { formatDuration } from '../ui/format.js';
import { Seen } from '../ui/seen.js';
import { GoesOnContext } from './row-context.js';
import { ToolBody } from './tool-body.js';
import { iconOf } from './tool-icon.js';

interface Props {
  item: ToolItem;
  /** Open whatever it would be by itself, e.g. because what is looked for is in it. */
  reveal?: boolean;
  /** What it waits for, where no line of the log says it. */
  asked?: Approval;
}

/** A call of a tool on one line; opened, what it was given, who allowed it, and what it answered. */
export function ToolCard({ item, reveal = false, asked }: Props) {
  const { title, result } = item;
  const approval = useApprovalOf(item.callId) ?? asked;
  const { cwd } = useContext(RunApprovalsContext);
  const mayDecide = useMayAct();
  const goesOn = useContext(GoesOnContext);
  const waits = approval?.state === 'waiting' && result === null;
  // Whoever answered sees what follows: it does not fold under their hands.
  const [waited, setWaited] = useState(waits);
  if (waits && !waited) setWaited(true);
  // What is asked stands there whole: the line above it may be cut.
  const look = useMemo(() => lookOf(waited ? { ...item, title: '' } : item), [item, waited]);
  // A change, a plan or a picture is what one looks for; everything else is opened on demand, failures included.
  const byItself =
    (look.type === 'diff' && look.lines.length <= 40) ||
    look.type === 'tasks' ||
    look.type === 'plan' ||
    (result?.images.length ?? 0) > 0;
  const [chosen, setChosen] = useState<boolean>();
  // What is looked for is in it: also what was folded by hand is opened, once.
  const [revealed, setRevealed] = useState(false);
  if (reveal !== revealed) {
    setRevealed(reveal);
    if (reveal && chosen === false) setChosen(undefined);
  }
  const open = chosen ?? (byItself || reveal || waited);
  const failed = result?.isError === true;
  const Icon = iconOf(item.name);
  const permission = approval ? (
    <ApprovalPanel approval={approval} cwd={cwd} />
  ) : (
    item.asked && item.asked.state !== 'waiting' && <Settled {...item.asked} />
  );
  return (
    <details
      open={open}
      onToggle={(event) => setChosen(event.currentTarget.open)}
      className="card"
      data-waits={waits || undefined}
    >
      <summary>
        <Icon aria-hidden="true" size={14} className={`shrink-0 ${failed ? 'text-bad' : 'text-soft'}`} />
        <Title name={item.name} title={title} />
        <Outcome item={item} look={look} />
        <Mark failed={failed} done={result !== null} waits={waits} goesOn={goesOn} />
      </summary>
      {open && (
        <div className="flex flex-col">
          <AskedSight isAsked={waited}>
            <ToolBody
              item={item}
              look={look}
              permission={permission}
              isAsked={waits && mayDecide}
              answers={approval?.answers ?? item.asked?.answers ?? null}
            />
          </AskedSight>
          {result?.truncated && (
            <p className="border-line border-t px-3 py-1.5 text-soft">
              Cut by the runner; the rest was not stored.
            </p>
          )}
        </div>
      )}
    </details>
  );
}

/** A tool of an MCP server goes by its own name, with the server's before it. */
function Title({ name, title }: { name: string; title: string }) {
  const mcp = mcpToolOf(name);
  return (
    <span className="mono min-w-0 flex-1 truncate">
      {mcp ? (
        <>
          <span className="text-soft">
            <Seen text={mcp.server} /> ·{' '}
          </span>
          <Seen text={mcp.tool} />
          <Seen text={title.startsWith(name) ? title.slice(name.length) : ''} />
        </>
      ) : (
        <Seen text={titleOf(name, title)} />
      )}
    </span>
  );
}

function Settled(asked: NonNullable<ToolItem['asked']>) {
  return (
    <div className="approval">
      <ClosedLine {...asked} />
    </div>
  );
}

interface MarkProps {
  failed: boolean;
  done: boolean;
  waits: boolean;
  /** Its session runs. */
  goesOn: boolean;
}

function Mark({ failed, done, waits, goesOn }: MarkProps) {
  if (waits) {
    return (
      <span className="whitespace-nowrap text-warn text-xs">
        <span aria-hidden="true" className="font-mono">
          ◆
        </span>{' '}
        Waiting for you
      </span>
    );
  }
  if (!failed && !done && !goesOn)
    return <span className="whitespace-nowrap text-soft text-xs">no answer</span>;
  const colour = failed ? 'text-bad' : done ? 'text-good' : 'breathing text-accent';
  return (
    <>
      <span aria-hidden="true" className={`w-3 shrink-0 text-center font-mono ${colour}`}>
        {failed ? '✕' : done ? '✓' : '●'}
      </span>
      <span className="sr-only">{failed ? 'failed' : done ? 'done' : 'running'}</span>
    </>
  );
}

/** In a word or two how it went. */
function Outcome({ item, look }: { item: ToolItem; look: Look }) {
  const { result, at } = item;
  if (look.type === 'diff') {
    const { added, removed } = countLines(look.lines);
    return (
      <span className="mono whitespace-nowrap">
        {added > 0 && <span className="text-good">+{added}</span>}
        {added > 0 && removed > 0 && ' '}
        {removed > 0 && <span className="text-bad">−{removed}</span>}
      </span>
    );
  }
  const took = result ? Date.parse(result.at) - Date.parse(at) : 0;
  const said = result?.isError ? exitOf(result.text) : wordOf(look);
  const words = [said, took >= 1_000 ? formatDuration(took) : ''].filter((word) => word !== '');
  return words.length === 0 ? null : (
    <span className="max-w-[40%] truncate whitespace-nowrap text-soft text-xs tabular-nums">
      {words.join(' · ')}
    </span>
  );
}

const exitOf = (text: string) => /^(?:Error: )?Exit code (\d+)/i.exec(text)?.[0]?.toLowerCase() ?? 'failed';
