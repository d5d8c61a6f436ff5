import * as z from 'zod';

/**
 * What the runner that `npm start` brings and the server on its computer say to each other, a JSON text on each line, over
 * the socket that is the lock of the runner's directory: only the same user reaches it.
 */

/** What lies as `runner.json` in the directory of a runner that lives, or that was killed. */
export const RunnerAddress = z.object({
  /** Path of its socket, or name of its pipe. */
  address: z.string(),
});
export type RunnerAddress = z.infer<typeof RunnerAddress>;

/** The runner begins with `hello`; who attends it then gets a `line` for each thing it says. */
export const RunnerSays = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    pid: z.int(),
    /** What its server gave it to know it by: settings, key and program. */
    launch: z.string(),
    /** Sessions that are being executed. */
    running: z.int(),
    /** It finishes what runs and takes nothing new. */
    draining: z.boolean(),
    /** A server attends it already: whoever else asks to is cut off. */
    attended: z.boolean(),
    /** For how long it has lived, ms; older ones do not say. */
    upMs: z.int().optional(),
  }),
  z.object({ type: z.literal('line'), text: z.string() }),
]);
export type RunnerSays = z.infer<typeof RunnerSays>;

/**
 * What it is asked, a JSON string. `attend`: this server takes care of it from now on; a runner whose server went without a
 * further word goes on alone. The others end it, each harder: after what runs, cancelling that, at once by force.
 */
export const RunnerAsked = z.enum(['attend', 'drain', 'cancel', 'kill']);
export type RunnerAsked = z.infer<typeof RunnerAsked>;
