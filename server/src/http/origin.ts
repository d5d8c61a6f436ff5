import { isIP } from 'node:net';
import type { Context } from './context.js';

/** Where a request came from. */
export interface Origin {
  address: string;
  forwardedFor: string | null;
}

/** Which of them is believed: that of the connection, or the one that the proxy next to us has told. */
export type ClientAddress = 'connection' | 'forwarded';

/** Of several addresses that proxies told, the last: the one that the proxy next to us has seen itself. */
export function originOf(context: Pick<Context, 'get' | 'ip'>): Origin {
  const told = context.get('X-Forwarded-For').split(',').at(-1)?.trim() ?? '';
  return { address: context.ip.replace(/^::ffff:/, ''), forwardedFor: isIP(told) === 0 ? null : told };
}

/** The address that is noted of a request, if any is. */
export function notedAddress(
  context: Pick<Context, 'get' | 'ip'>,
  which: ClientAddress | undefined,
): string | undefined {
  if (which === undefined) return undefined;
  const { address, forwardedFor } = originOf(context);
  return which === 'forwarded' ? (forwardedFor ?? address) : address;
}
