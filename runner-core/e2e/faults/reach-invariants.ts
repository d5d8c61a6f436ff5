import type { JournalEntry } from '../../src/testing/journal.js';
import type { Span } from './fault-fleet.js';
import type { RunRow, Step } from './history.js';
import { graceMs, leaseMs } from './plan.js';

interface Known {
  lives: { notes: JournalEntry[]; diedAt: number }[];
  absences: Span[];
}

/** How much the clocks of two processes, or what they note, may be apart, ms. */
const slackMs = 60;
/** No server is away for less than this, whatever it looks like, ms. */
const shortMs = leaseMs / 2;

/**
 * A session whose process lives is not ended because nobody hears of it, before the grace is over; and nobody is out of
 * reach because no server was there.
 */
export function checkReach(run: RunRow, steps: Step[], { lives, absences }: Known): string[] {
  const wrong: string[] = [];
  for (const [index, { before, after, becomes, renewed, at }] of steps.entries()) {
    const wasRenewed = steps[index - 1]?.renewed ?? null;
    if (renewed !== null && wasRenewed === null) {
      for (const { from, until } of absences) {
        if (until - from >= shortMs && at > from + shortMs && at < until + leaseMs - slackMs)
          wrong.push(`was out of reach ${Math.round(at - until)} ms after no server had been there`);
      }
    }
    const isGivenUp = before === 'RUNNING' && after === 'FAILED' && becomes === 'runner_lost';
    // The grace counts from the end of the lease, however late the servers came to look.
    const mayEnd = wasRenewed === null ? Number.POSITIVE_INFINITY : wasRenewed + leaseMs + graceMs;
    if (isGivenUp && livesAt(run, lives, at) && at < mayEnd - slackMs)
      wrong.push(`was given up ${Math.round(mayEnd - at)} ms before its time, while its session went on`);
  }
  return wrong;
}

/** Whether a session of the run had begun by then, in a process that was there and has not said that it ended. */
function livesAt(run: RunRow, lives: Known['lives'], at: number): boolean {
  return lives.some(({ notes, diedAt }) => {
    if (diedAt < at + slackMs) return false;
    const own = notes.filter((note) => 'runId' in note && note.runId === run.id && note.at < at + slackMs);
    return own.some(
      (note) =>
        note.type === 'session' && !own.some((other) => other.type === 'over' && other.nonce === note.nonce),
    );
  });
}
