import type { Runner } from '@agentfleet/contract';

const ranks = { online: 0, paused: 1, draining: 1, offline: 2 } as const;

/** Those that take sessions first, those that are away last; by name where that is alike. */
export function sortRunners(runners: readonly Runner[]): Runner[] {
  return [...runners].sort(
    (one, other) => ranks[one.state] - ranks[other.state] || one.name.localeCompare(other.name),
  );
}

/** `2 of 3 online, 4 of 8 places taken` */
export function placesOf(runners: readonly Runner[]): string {
  const online = runners.filter((runner) => runner.online);
  const sum = (of: (runner: Runner) => number) => online.reduce((total, runner) => total + of(runner), 0);
  const there = `${online.length} of ${runners.length} online`;
  if (online.length === 0) return there;
  return `${there}, ${sum((one) => one.activeRuns)} of ${sum((one) => one.maxConcurrentRuns)} places taken`;
}
