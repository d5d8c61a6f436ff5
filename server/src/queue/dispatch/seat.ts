import type { ClaimedRun } from '@agentfleet/contract';
import type { Bell } from '../../db/bell.js';
import type { RunnerState } from '../sql/runner-states.js';

/** What a claim asks for. */
export interface Ask {
  runnerId: string;
  slots: number;
  draining: boolean;
  waitMs: number;
  /** Tokens of the attempts that the runner knows it holds. */
  held: ReadonlySet<string>;
}

/** A claim that waits. */
export class Seat {
  readonly ask: Ask;
  readonly bell: Bell;
  /** What was read of its runner at the last look; undefined before the first. */
  state: RunnerState | undefined;
  /** Runs that were taken for it: it is answered with them and leaves. */
  given: ClaimedRun[] = [];

  constructor(ask: Ask, bell: Bell) {
    this.ask = ask;
    this.bell = bell;
  }

  get free(): number {
    return this.ask.draining ? 0 : this.ask.slots - this.given.length;
  }
}
