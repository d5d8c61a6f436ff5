import type { PermissionMode } from '@agentfleet/contract';

/** What decides which runners a queued run may go to, and what it must wait for. */
export interface LaneParts {
  /** The runner it is pinned to; null for any. */
  pinnedTo: string | null;
  permissionMode: PermissionMode;
  sharedCwd: boolean;
  /** contract/directories.ts. */
  cwdKey: string;
}

/**
 * Queued runs of one lane are alike to every runner: when its head cannot be taken, neither can the rest. Whoever
 * looks for runs reads the heads of lanes instead of each run, which keeps it flat however long the queue is.
 * Lanes of one runner, and those of no runner (`*`), lie side by side in the index, and within them those of one
 * directory and what is below it: `pin|directory|mode|shared`.
 */
export function laneOf({ pinnedTo, permissionMode, sharedCwd, cwdKey }: LaneParts): string {
  return `${pinnedTo ?? '*'}|${cwdKey}|${permissionMode}|${sharedCwd ? 'shared' : 'alone'}`;
}

/** A range of lanes, ends not included, in byte order. */
export interface Span {
  low: string;
  high: string;
}

/** What a runner may take runs from. */
export interface Reach {
  runnerId: string;
  directoryKeys: readonly string[];
  /** Whether its file system folds case (macOS): then its directories do not lie together in the index. */
  foldsCase: boolean;
  /** Whether to look for what is pinned to it too. */
  pinned: boolean;
}

/** The few ranges, without overlap, that hold every lane the runners may take from; they may hold others too. */
export function spansOf(reaches: readonly Reach[]): Span[] {
  const spans: Span[] = [];
  const keys = new Set<string>();
  let everyDirectory = false;
  for (const { runnerId, directoryKeys, foldsCase, pinned } of reaches) {
    if (pinned) spans.push({ low: `${runnerId}|`, high: `${runnerId}}` });
    if (foldsCase) everyDirectory = true;
    else for (const key of directoryKeys) keys.add(key);
  }
  if (everyDirectory) spans.push({ low: '*|', high: '*}' });
  else {
    for (const key of keys) {
      const directory = key.replace(/\/$/, '');
      spans.push({ low: `*|${directory}|`, high: `*|${directory}}` });
      // Everything below it: `0` is the character after `/`.
      spans.push({ low: `*|${directory}/`, high: `*|${directory}0` });
    }
  }
  return withoutNested(spans);
}

/** Spans nest or lie apart, never across one another: each is all that begins with one text. */
function withoutNested(spans: Span[]): Span[] {
  const kept: Span[] = [];
  for (const span of spans.sort((one, other) => inBytes(one.low, other.low))) {
    const outer = kept.at(-1);
    if (!outer || inBytes(outer.high, span.low) <= 0) kept.push(span);
  }
  return kept;
}

/** What of the spans lies behind a lane. */
export function spansBehind(spans: readonly Span[], lane: string): Span[] {
  return spans.flatMap(({ low, high }) =>
    inBytes(high, lane) <= 0 ? [] : { low: inBytes(low, lane) < 0 ? lane : low, high },
  );
}

/** How many lanes there are, and the last of them; '' where there are none. */
export function lanesOf(parts: readonly LaneParts[]): { count: number; last: string } {
  const lanes = [...new Set(parts.map(laneOf))];
  const last = lanes.reduce((one, other) => (inBytes(one, other) < 0 ? other : one), '');
  return { count: lanes.length, last };
}

/** The order of the index: collation C, which is that of UTF-8 bytes and not of JavaScript's strings. */
const inBytes = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other));
