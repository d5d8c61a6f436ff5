import type { Run } from '@agentfleet/contract';
import { useQuery } from '@tanstack/react-query';
import { useTransport } from '../base/transport-context.js';
import type { Section } from '../conversation/thread-log.js';
import { promptOf } from '../sessions/prompt-of.js';
import { RunDuration } from '../sessions/run-duration.js';
import { runCost } from '../sessions/run-figures.js';
import { RunStatusMark } from '../ui/run-status.js';
import { ScrollBox } from '../ui/scroll-pre.js';
import { Seen } from '../ui/seen.js';

interface Props {
  section: Section;
  /** The whole thread. */
  of: readonly Section[];
}

/** Where a run of the thread begins: what was asked, when, how it stands, how long it took and what it cost. */
export function SectionHead({ section, of }: Props) {
  const run = useWhole(section.run);
  const at = run.startedAt ?? run.createdAt;
  const isOnly = of.length === 1;
  return (
    <article
      aria-label={isOnly ? 'You' : `You, prompt ${of.indexOf(section) + 1} of ${of.length}`}
      className={`section-head ${of[0] === section ? '' : 'border-line border-t pt-5'}`}
    >
      <p className="flex flex-wrap items-baseline gap-x-3 pb-1.5 text-soft tabular-nums">
        {!isOnly && <RunStatusMark run={run} />}
        <time dateTime={at} title={new Date(at).toLocaleString()}>
          {run.startedAt ? '' : 'Launched '}
          {new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })}
        </time>
        {/* Of a session without follow-ups the head of the screen has them. */}
        <span className={`flex gap-x-3 ${isOnly ? 'sm:hidden' : ''}`}>
          <span className="empty:hidden">
            <RunDuration run={run} />
          </span>
          <span className="empty:hidden">{runCost(run)}</span>
        </span>
      </p>
      <div className="flex gap-3 rounded-lg bg-sunken px-3.5 py-2.5">
        <span aria-hidden="true" className="font-mono text-accent">
          ›
        </span>
        <Prompt text={promptOf(run)} />
      </div>
    </article>
  );
}

function Prompt({ text }: { text: string }) {
  const said = (
    <p dir="auto" className="plain-lines min-w-0 whitespace-pre-wrap [overflow-wrap:anywhere]">
      <Seen text={text} />
    </p>
  );
  // What may scroll is a stop of the keyboard, what does not is none.
  const isLong = text.length > 600 || text.split('\n').length > 12;
  return isLong ? <ScrollBox className="max-h-72 min-w-0 overflow-y-auto">{said}</ScrollBox> : said;
}

/** Lists cut long prompts: all of it is read where it is looked at. */
function useWhole(run: Run): Run {
  const transport = useTransport();
  const isCut = 'truncated' in run && run.truncated === true;
  const whole = useQuery({
    queryKey: ['run', run.id],
    queryFn: () => transport.getRun(run.id),
    enabled: isCut,
  });
  return isCut && whole.data ? { ...run, input: whole.data.input } : run;
}
