import type { Middleware } from 'koa';
import { ApiError } from '../errors.js';
import type { State } from './context.js';

const loopbackAddress = /^(localhost|127(\.\d+){3}|::1)$/i;
const loopbackHost = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i;

/** Whether a server that listens on `host` is reached from its own computer alone. */
export const isLoopback = (host: string) => loopbackAddress.test(host);

/**
 * For a server that listens on this computer alone. A page from elsewhere must not reach it by giving its own name
 * the address 127.0.0.1 (DNS rebinding): such a request still carries that name as Host. Forwarding headers do not
 * excuse it, because such a page may set them.
 */
export const checkHost: Middleware<State> = async (context, next) => {
  if (!loopbackHost.test(context.req.headers.host ?? '')) {
    throw new ApiError(
      'FORBIDDEN',
      'This server answers to localhost only. Start it with HOST to serve other names',
    );
  }
  await next();
};
