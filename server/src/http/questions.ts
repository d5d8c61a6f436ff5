import type { Route } from '@agentfleet/contract';
import { Turns } from '../turns.js';
import { whenCallerLeaves } from './caller-left.js';
import type { Context } from './context.js';

/** The share of the connections for questions that one org may have at work at once, and one key of it. */
const ofOrg = 0.6;
const ofKey = 0.4;
/** While other orgs are there: more would keep the processors of a database at work that all of them want. */
const beside = { ofOrg: 3, ofKey: 2 };
/** Most questions of a key that wait for their turn, and for how long, ms. */
const mostWaiting = 100;
const waitMs = 5_000;

/**
 * Answers what is costly to answer, such as a list or a search: few at once of one key, one org and all, in turn, and none that
 * nobody waits for. So whoever asks much makes himself wait.
 */
export class Questions {
  readonly #turns: Turns;

  /**
   * @param connections how many the database has for questions
   * @param othersAreHere whether others than that org ask for anything
   */
  constructor(connections: number, othersAreHere: (orgId: string) => boolean) {
    this.#turns = new Turns({
      most: connections,
      beside,
      othersAreHere,
      ofOrg: Math.max(1, Math.floor(connections * ofOrg)),
      ofKey: Math.max(1, Math.floor(connections * ofKey)),
      mostWaiting,
      waitMs,
      refusal: 'Too many lists and searches of this key or its org are being answered',
    });
  }

  /** Gives `work` a signal in `context.state.left`. Throws RATE_LIMITED, or CallerLeft. */
  async answer<Result>(context: Context, work: () => Promise<Result>): Promise<Result> {
    const { caller } = context.state;
    if (!caller) return work();
    const left = whenCallerLeaves(context);
    context.state.left = left;
    try {
      return await this.#turns.take({ orgId: caller.org.id, keyId: caller.key.id }, left, work);
    } catch (error) {
      // A statement that was cancelled says no more than that it was.
      throw left.aborted ? left.reason : error;
    }
  }
}

/** Whether it is costly to answer, asked like this. */
export function isCostly({ costly }: Route, query: unknown): boolean {
  if (costly === undefined || costly === true) return costly === true;
  return (query as Record<string, unknown>)[costly] !== undefined;
}
