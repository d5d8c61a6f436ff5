import type { Route } from '@agentfleet/contract';
import { ApiError } from '../errors.js';
import type { Context } from './context.js';

/** Throws NOT_ACCEPTABLE where the caller takes nothing of what a route answers. */
export function checkAccept(context: Context, { bytes = [], stream }: Route): void {
  // Refusals are JSON everywhere, so who takes JSON alone may ask for bytes too.
  const json = stream === 'only' ? [] : ['application/json'];
  const offered = [...bytes, ...json, ...(stream ? ['text/event-stream'] : [])];
  if (context.get('Accept') === '' || context.accepts(offered)) return;
  throw new ApiError('NOT_ACCEPTABLE', `This endpoint answers ${offered.join(' or ')}`);
}
