import type { Route } from '@agentfleet/contract';
import { Turns } from '../turns.js';
import { whenCallerLeaves } from './caller-left.js';
import type { Context } from './context.js';

/** The share of the connections that the orders of one org may have at once: some are always left for others, and for runners. */
const ofOrg = 0.75;
/** While other orgs are there: more would keep the processors of a database at work that all of them want. */
const beside = { ofOrg: 3, ofKey: 2 };
/** At the fewest, since some of each order is not the database's. */
const fewest = 4;
/** Most orders of a key that wait for their turn, and for how long, ms. */
const mostWaiting = 5_000;
const waitMs = 10_000;

/**
 * Carries out what people and their scripts ask to be done, such as launching sessions: where all want the database at once, orgs
 * have turns. What runners say is gathered by other parts, in turn too.
 */
export class Orders {
  readonly #turns: Turns;

  /**
   * @param connections how many the database has for work
   * @param othersAreHere whether others than that org ask for anything
   */
  constructor(connections: number, othersAreHere: (orgId: string) => boolean) {
    const most = Math.max(fewest, connections);
    const share = Math.floor(most * ofOrg);
    this.#turns = new Turns({
      ...{ most, ofOrg: share, ofKey: share, beside, othersAreHere, mostWaiting, waitMs },
      refusal: 'Too many requests of this key or its org wait to be carried out',
    });
  }

  /** Throws RATE_LIMITED, or CallerLeft where that was before it was begun. */
  async carryOut<Result>(context: Context, work: () => Promise<Result>): Promise<Result> {
    const { caller } = context.state;
    if (!caller) return work();
    return this.#turns.take({ orgId: caller.org.id, keyId: caller.key.id }, whenCallerLeaves(context), work);
  }
}

/** Whoever wants to sign out is not kept waiting. */
export const isOrder = ({ method, scope, runnerProtocol }: Route) =>
  method !== 'GET' && scope !== 'public' && scope !== 'any' && !runnerProtocol;
