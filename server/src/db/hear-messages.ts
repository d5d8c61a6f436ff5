import type * as z from 'zod';
import type { Wakeups } from './wakeups.js';

/**
 * Hears the messages of this form that other server processes on the database send. Another version of the server may send others,
 * and so do other parts of this one: those are passed over.
 * @returns a function that stops listening
 */
export function hearMessages<Message extends z.ZodType>(
  wakeups: Wakeups,
  message: Message,
  heard: (said: z.infer<Message>) => void,
): () => void {
  return wakeups.hear((text) => {
    const said = message.safeParse(jsonOf(text));
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
