import type { Run } from '@agentfleet/contract';

/** What a session was asked, for people: also where that is not known any more. */
export function promptOf({ input, textsPrunedAt }: Pick<Run, 'input' | 'textsPrunedAt'>): string {
  return textsPrunedAt === null ? input : 'Its prompt was removed by retention';
}
