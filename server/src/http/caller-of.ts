import type { Actor } from '../audit/actor.js';
import type { Caller } from '../auth/caller.js';
import { ApiError } from '../errors.js';
import type { Context } from './context.js';

/** The caller of a route that is not public. */
export function callerOf(context: Context): Caller {
  if (!context.state.caller) throw new ApiError('UNAUTHORIZED', 'Authentication required');
  return context.state.caller;
}

export const orgOf = (context: Context) => callerOf(context).org.id;

/** The caller, for the audit trail. */
export function actorOf(context: Context): Actor {
  const { key } = callerOf(context);
  const { requestId, address } = context.state;
  return { kind: 'key', id: key.id, name: key.name, requestId, address };
}
