import type { ClaimedRun } from '@agentfleet/contract';
import type { Bell } from '../../db/bell.js';
import type { RunnerState } from '../sql/claim-runs.js';

/** What a claim asks for. */
export interface Ask {
  runnerId: string;
  slots: number;
  draining: boolean;
  /** Until when it waits, as of `performance.now()`. */
  until: number;
  /** Tokens of the attempts that the runner knows it holds. */
  held: ReadonlySet<string>;
  /** When it came, as of `performance.now()`, if it named all that its runner holds. */
  toldAt: number | undefined;
}

/** A claim that waits. */
export class WaitingClaim {
  readonly ask: Ask;
  readonly bell: Bell;
  /** What is known of its runner; undefined when nothing is. */
  state: RunnerState | undefined;
  /** Runs that were taken for it: it is answered with them and leaves. */
  given: ClaimedRun[] = [];
  /** Whether a run may wait for a session of its runner to end, as of its last look and the rounds since. */
  runMayWait = false;
  /** Whether one has ended since the last round began. */
  sessionEnded = false;

  constructor(ask: Ask, bell: Bell) {
    this.ask = ask;
    this.bell = bell;
  }

  get free(): number {
    return this.ask.draining ? 0 : this.ask.slots - this.given.length;
  }
}

/** A waiting claim whose runner is known. */
export type KnownClaim = WaitingClaim & { state: RunnerState };
