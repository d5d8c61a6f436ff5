import type { Actor } from '../audit/actor.js';

/** Somebody with a key of that name. */
export const keyNamed = (name: string): Actor => ({ kind: 'key', id: `key_${'0'.repeat(20)}`, name });
