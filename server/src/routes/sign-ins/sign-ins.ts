import { decideSignIn, getSignIn, pollSignIn, startSignIn } from '../../auth/sign-ins.js';
import { openWindow } from '../../auth/windows.js';
import { actorOf, callerOf } from '../../http/caller-of.js';
import { originOf } from '../../http/origin.js';
import type { Handlers } from '../handler.js';

export const signInHandlers: Pick<
  Handlers,
  'startSignIn' | 'pollSignIn' | 'getSignIn' | 'decideSignIn' | 'openWindow'
> = {
  startSignIn: ({ context, options, body }) => startSignIn(options.database, body, originOf(context)),
  pollSignIn: ({ options, body }) => pollSignIn(options.database, body.deviceCode),
  getSignIn: ({ context, options, params }) => getSignIn(options.database, callerOf(context), params.code),
  decideSignIn: ({ context, options, params, body }) =>
    decideSignIn(options.database, callerOf(context), params.code, body, actorOf(context)),
  openWindow: ({ context, options, params, body }) =>
    openWindow(options, callerOf(context), params.id, body, actorOf(context)),
};
