import type { Run } from '@agentfleet/contract';
import { formatCost, formatCount, formatDuration } from '../ui/format.js';

/** How long the run took, or has been running by `now`; a dash before it started. */
export function runDuration(run: Run, now: number): string {
  if (run.durationMs !== null) return formatDuration(run.durationMs);
  if (run.startedAt === null || run.finishedAt !== null) return '–';
  return formatDuration(Math.max(0, now - Date.parse(run.startedAt)));
}

export function runCost(run: Run): string {
  return run.costUsd === null ? '–' : formatCost(run.costUsd);
}

/** All tokens of the run, read from the cache or not. */
export function runTokens(run: Run): string {
  if (!run.usage) return '–';
  const { inputTokens, outputTokens, cacheReadTokens, cacheCreationTokens } = run.usage;
  return formatCount(inputTokens + outputTokens + cacheReadTokens + cacheCreationTokens);
}
