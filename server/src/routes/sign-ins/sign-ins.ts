import { isIP } from 'node:net';
import { decideSignIn, getSignIn, type Origin, pollSignIn, startSignIn } from '../../auth/sign-ins.js';
import { openWindow } from '../../auth/windows.js';
import type { Context } from '../../http/app.js';
import { callerOf, type Handlers } from '../handlers.js';

export const signInHandlers: Pick<
  Handlers,
  'startSignIn' | 'pollSignIn' | 'getSignIn' | 'decideSignIn' | 'openWindow'
> = {
  startSignIn: ({ context, options, body }) => startSignIn(options.database, body, originOf(context)),
  pollSignIn: ({ options, body }) => pollSignIn(options.database, body.deviceCode),
  getSignIn: ({ context, options, params }) => getSignIn(options.database, callerOf(context), params.code),
  decideSignIn: ({ context, options, params, body }) =>
    decideSignIn(options.database, callerOf(context), params.code, body),
  openWindow: ({ context, options, params, body }) => openWindow(options, callerOf(context), params.id, body),
};

/** Of several addresses that proxies told, the last: the one that the proxy next to us has seen itself. */
function originOf(context: Context): Origin {
  const told = context.get('X-Forwarded-For').split(',').at(-1)?.trim() ?? '';
  return { address: context.ip.replace(/^::ffff:/, ''), forwardedFor: isIP(told) === 0 ? null : told };
}
