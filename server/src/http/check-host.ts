import type { Middleware } from 'koa';
import { ApiError } from '../errors.js';
import type { State } from './app.js';

const loopbackAddress = /^(127\.|::1$|::ffff:127\.)/;
const loopbackHost = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i;

/**
 * A page from elsewhere must not reach a server that listens on this computer alone by giving its own name the
 * address 127.0.0.1 (DNS rebinding): such a request still carries that name as Host.
 */
export const checkHost: Middleware<State> = async (context, next) => {
  const local = context.req.socket.localAddress ?? '';
  const behindProxy = context.get('X-Forwarded-For') !== '' || context.get('X-Forwarded-Host') !== '';
  if (loopbackAddress.test(local) && !behindProxy && !loopbackHost.test(context.get('Host'))) {
    throw new ApiError('FORBIDDEN', 'This server answers on localhost only');
  }
  await next();
};
