import { setTimeout as delay } from 'node:timers/promises';
import type { Approval } from '@agentfleet/contract';
import type { FaultFleet } from './fault-fleet.js';
import { insist } from './people.js';

/** Pause between two looks at what waits, ms. */
const lookMs = 80;

/** What a person said, and what the API answered. */
export interface Decided {
  id: string;
  decision: 'allow' | 'deny';
  status: number;
  text: string;
}

/**
 * Looks at what waits until all is settled, and decides: about some alike whoever asks, about some the other way round
 * than the next person, about some not at all.
 */
export async function decideWhatWaits(
  fleet: FaultFleet,
  who: string,
  decided: Decided[],
  settled: AbortSignal,
): Promise<void> {
  const seen = new Set<string>();
  while (!settled.aborted) {
    const { text } = await insist(fleet, 'GET', '/approvals?state=waiting&limit=200', {}, undefined);
    const { data } = JSON.parse(text) as { data: Approval[] };
    for (const { id } of data) {
      if (seen.has(id)) continue;
      seen.add(id);
      const decision = decisionOf(id, who);
      if (!decision) continue;
      const answer = await insist(fleet, 'POST', `/approvals/${id}/decision`, {}, { decision });
      decided.push({ id, decision, ...answer });
    }
    await delay(lookMs);
  }
}

function decisionOf(id: string, who: string): 'allow' | 'deny' | undefined {
  const chance = (id.at(-1) ?? '').charCodeAt(0) % 4;
  if (chance === 0) return undefined;
  if (chance === 1) return who === 'ann' ? 'allow' : 'deny';
  return chance === 2 ? 'allow' : 'deny';
}
