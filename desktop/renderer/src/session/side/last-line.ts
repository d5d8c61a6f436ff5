import type { Run, RunRow } from '@agentfleet/contract';
import { titleOf } from '../../conversation/tool-names.js';
import { firstLine } from '../../ui/format.js';

/** What a session asks, why it waits, or what it said last, in a line; undefined where it has said nothing yet. */
export function lastLine(run: Run & Partial<Pick<RunRow, 'asks' | 'line' | 'wait'>>): string | undefined {
  if (run.asks) return titleOf(run.asks.tool, run.asks.message);
  if (run.wait) return run.wait.message;
  if (run.line) return titleOf(run.line.message.split(' ', 1)[0] ?? '', run.line.message);
  if (run.failure) return run.failure.message || run.failure.code;
  return run.result === null ? undefined : firstLine(run.result);
}
