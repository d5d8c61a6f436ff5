import type { Fleet } from '../../../runner-core/e2e/fleet.js';

/** A new key that may do this much. */
export async function keyWith(fleet: Fleet, scopes: string[], name = scopes.join(' ')): Promise<string> {
  const made = await fleet.request('POST', '/api-keys', { name, scopes });
  return ((await made.json()) as { key: string }).key;
}
