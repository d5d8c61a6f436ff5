import type { Context } from './context.js';

/** Why a request is given up: nobody is there any more who would read its answer. */
export class CallerLeft extends Error {}

/** What the log and the metrics call the answer that nobody read. */
export const callerLeftStatus = 499;

/** @returns aborts, with a CallerLeft, when the connection of the request closes before it was answered */
export function whenCallerLeaves({ res }: Context): AbortSignal {
  const left = new AbortController();
  const leave = () => left.abort(new CallerLeft('The caller has left'));
  res.once('close', leave);
  // Of who left before we listened it is not told again.
  if (res.destroyed) leave();
  return left.signal;
}
