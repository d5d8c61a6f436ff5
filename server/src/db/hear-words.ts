import type * as z from 'zod';
import type { Wakeups } from './wakeups.js';

/**
 * Hears what other server processes on the database say in words of this form. Another version of the server may have other words,
 * and so have other parts of this one: those are passed over.
 * @returns a function that stops listening
 */
export function hearWords<Words extends z.ZodType>(
  wakeups: Wakeups,
  words: Words,
  heard: (said: z.infer<Words>) => void,
): () => void {
  return wakeups.hear((text) => {
    const said = words.safeParse(jsonOf(text));
    if (said.success) heard(said.data);
  });
}

/** undefined for a text that is no JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
