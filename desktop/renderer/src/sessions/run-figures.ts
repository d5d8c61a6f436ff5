import type { Run } from '@agentfleet/contract';
import { formatCost, formatCount, formatDuration } from '../ui/format.js';

/** How long the run took, or has been running by `now`; undefined before it started. */
export function runDuration(run: Run, now: number): string | undefined {
  if (run.durationMs !== null) return formatDuration(run.durationMs);
  if (run.startedAt === null || run.finishedAt !== null) return undefined;
  return formatDuration(Math.max(0, now - Date.parse(run.startedAt)));
}

/** What the run cost; undefined until that is known. */
export function runCost(run: Run): string | undefined {
  return run.costUsd === null ? undefined : formatCost(run.costUsd);
}

/** All tokens of the run, read from the cache or not; undefined until they are known. */
export function runTokens(run: Run): string | undefined {
  if (!run.usage) return undefined;
  const { inputTokens, outputTokens, cacheReadTokens, cacheCreationTokens } = run.usage;
  return formatCount(inputTokens + outputTokens + cacheReadTokens + cacheCreationTokens);
}
