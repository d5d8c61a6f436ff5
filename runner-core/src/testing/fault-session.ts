import * as z from 'zod';

/** What a session of the fault suite does. Its run's prompt is this, as JSON. */
export const SessionScript = z.object({
  /** Events it gives, and ms between two. */
  events: z.int(),
  gapMs: z.int(),
  /** Tools it asks for in the middle of them, all at once; it goes on when each is settled. */
  asks: z.int().default(0),
  /** `hangs` never ends by itself. */
  end: z.enum(['SUCCEEDED', 'FAILED', 'hangs']),
  costUsd: z.number(),
});
export type SessionScript = z.infer<typeof SessionScript>;

/** The message of a session's nth event: it tells which session it is from. */
export function messageOf(nonce: string, nth: number): string {
  return `${nonce} ${nth}`;
}

/** How a session calls the nth tool it asks for. */
export function askedUse(nonce: string, nth: number): string {
  return `${nonce} use ${nth}`;
}

/** What a session says in the end. */
export function resultOf(nonce: string): string {
  return `done ${nonce}`;
}
