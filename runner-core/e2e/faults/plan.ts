import type { SessionScript } from '../../src/testing/fault-session.js';
import { fairWeather, type Weather } from './chaos-proxy.js';
import { Random } from './random.js';

/** How many of each a fleet has. */
export const serverCount = 2;
export const runnerCount = 3;
/** Sessions one runner works on at most. */
export const runnerSlots = 3;
const directoryCount = 4;
/** How long a lease lasts in a fleet, and how long a session may be out of reach after that, ms. */
export const leaseMs = 2_400;
export const graceMs = 3_000;
/** How long a tool waits for somebody to allow it, s. */
export const approvalSec = 1;
/** The part of a round in which things are posted and break, ms. */
const stormMs = 1_300;

/** What a client does with one thread of sessions. Times are ms since the round began. */
export interface PlannedRun {
  /** Its label: also what its Idempotency-Key is made of. */
  tag: string;
  at: number;
  script: SessionScript;
  /** Which of the fleet's directories. */
  directory: number;
  sharedCwd: boolean;
  /** Which of the fleet's runners it is pinned to. */
  runner: number | undefined;
  priority: number;
  maxAttempts: number;
  timeoutSec: number | undefined;
  cancelAt: number | undefined;
  /** Whether somebody watches its log. */
  watched: boolean;
  /** Posted, in this order, as soon as the run itself was. */
  followUps: { tag: string; script: SessionScript }[];
}

export type Fault =
  /** The process dies without a word, and a new one starts at the end. */
  | { kind: 'kill runner'; which: number }
  | { kind: 'kill server'; which: number }
  /** It stands still, as on a machine that sleeps, and goes on. */
  | { kind: 'freeze runner'; which: number }
  | { kind: 'freeze server'; which: number }
  /** None is there. */
  | { kind: 'kill every server'; which: number }
  | { kind: 'freeze every server'; which: number }
  /** Every connection of a server to its database breaks, and until the end none is taken. */
  | { kind: 'take database away'; which: number }
  | { kind: 'stop database'; which: number }
  /** PostgreSQL ends every connection at once. */
  | { kind: 'end database connections'; which: number }
  | { kind: 'partition runner'; which: number }
  | { kind: 'cut connections'; which: number }
  | { kind: 'pause runner'; which: number };

export interface Plan {
  seed: number;
  round: number;
  weather: Weather;
  runs: PlannedRun[];
  faults: (Fault & { at: number; forMs: number })[];
}

/** What a round does. The same seed and round plan the same, whatever came before. */
export function planRound(seed: number, round: number): Plan {
  const random = new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(round + 1, 0x85ebca6b));
  const runs = Array.from({ length: random.int(6, 14) }, (_item, index) =>
    planRun(random, `s${seed}r${round}n${index}`),
  );
  const faults = Array.from({ length: random.int(1, 4) }, () => planFault(random));
  return { seed, round, weather: planWeather(random), runs, faults };
}

function planRun(random: Random, tag: string): PlannedRun {
  const isEndless = random.chance(0.08);
  const followUps = random.chance(0.2)
    ? Array.from({ length: random.int(1, 2) }, (_item, index) => ({
        tag: `${tag}f${index}`,
        script: planScript(random),
      }))
    : [];
  return {
    tag,
    at: random.int(0, stormMs / 2),
    script: isEndless ? { events: 3, gapMs: 20, asks: 0, end: 'hangs', costUsd: 0 } : planScript(random),
    directory: random.int(0, directoryCount - 1),
    sharedCwd: random.chance(0.6),
    runner: random.chance(0.25) ? random.int(0, runnerCount - 1) : undefined,
    priority: random.int(-1, 1),
    maxAttempts: random.chance(0.4) ? random.int(2, 4) : 1,
    timeoutSec: isEndless ? 1 : undefined,
    cancelAt: random.chance(0.2) ? random.int(0, stormMs) : undefined,
    watched: random.chance(0.4),
    followUps,
  };
}

function planScript(random: Random): SessionScript {
  return {
    events: random.int(0, 40),
    gapMs: random.pick([0, 1, 5, 20]),
    asks: random.pick([0, 0, 0, 1, 2]),
    end: random.chance(0.85) ? 'SUCCEEDED' : 'FAILED',
    costUsd: random.int(0, 1_000) / 1_000,
  };
}

function planWeather(random: Random): Weather {
  if (random.chance(0.2)) return fairWeather;
  const share = () => random.int(0, 12) / 100;
  return {
    cutBefore: share(),
    cutInRequest: share(),
    cutAfter: share(),
    cutInAnswer: share(),
    duplicate: share(),
    delay: random.int(0, 50) / 100,
    delayMs: random.int(10, 250),
  };
}

/**
 * What is 10 seconds to 20 minutes where a lease is 45 seconds and the grace 15 minutes: mostly shorter than a lease, then
 * longer, then so long that what was out of reach is given up.
 */
function planAbsence(random: Random): number {
  if (random.chance(0.75)) return random.int(50, 900);
  return random.chance(0.7) ? random.int(2_500, 3_600) : random.int(leaseMs + graceMs + 300, 6_600);
}

const kinds = [
  'kill runner',
  'kill runner',
  'freeze runner',
  'freeze runner',
  'kill server',
  'freeze server',
  'kill every server',
  'freeze every server',
  'take database away',
  'stop database',
  'end database connections',
  'partition runner',
  'cut connections',
  'pause runner',
] as const;

function planFault(random: Random): Plan['faults'][number] {
  const kind = random.pick(kinds);
  const most = kind.endsWith('runner') ? runnerCount : serverCount;
  return {
    kind,
    which: random.int(0, most - 1),
    at: random.int(50, stormMs),
    forMs: planAbsence(random),
  };
}
