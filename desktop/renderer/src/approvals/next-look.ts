import type { Approval } from '@agentfleet/contract';
import { slowLookMs } from '../base/queries.js';

/** A runner says itself that the time is up, a moment after it is, ms. */
const graceMs = 500;
const leastMs = 1_000;

/** In how many ms those that wait are looked at again: when the first one's time is up, since time passes without anybody telling. */
export function nextLookMs(approvals: readonly Pick<Approval, 'state' | 'expiresAt'>[] = []): number {
  const ends = approvals.filter(({ state }) => state === 'waiting').map((one) => Date.parse(one.expiresAt));
  const first = Math.min(...ends) - Date.now() + graceMs;
  return Math.min(Math.max(first, leastMs), slowLookMs);
}
