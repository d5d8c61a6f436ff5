import type { Run, RunRow } from '@agentfleet/contract';
import { askedWords } from '../../approvals/words.js';
import { titleOfLine } from '../../conversation/tool-names.js';
import { whyWords } from '../../sessions/why-words.js';
import { firstLine } from '../../ui/format.js';

/** What a session asks, why it waits, or what it said last, in a line; undefined where it has said nothing yet. */
export function lastLine(run: Run & Partial<Pick<RunRow, 'asks' | 'line' | 'wait'>>): string | undefined {
  if (run.asks) return askedWords(run.asks);
  if (run.wait) return whyWords(run.wait);
  if (run.line) return titleOfLine(run.line.message);
  if (run.failure) return run.failure.message || run.failure.code;
  return run.result === null ? undefined : firstLine(run.result);
}
