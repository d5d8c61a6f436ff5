import * as z from 'zod';
import { onRunner, type Route } from './route.js';
import {
  DecideSignIn,
  OpenedWindow,
  OpenWindow,
  PolledSignIn,
  PollSignIn,
  SignIn,
  StartedSignIn,
  StartSignIn,
  UserCode,
} from './sign-ins.js';

const onCode = z.strictObject({ code: UserCode });

/** How a computer is connected without a key being copied, and how its window gets its own. */
export const signInRoutes = {
  startSignIn: {
    method: 'POST',
    path: '/sign-ins',
    scope: 'public',
    tag: 'Account',
    summary: 'Ask to connect a computer: the answer has the code that its user and the dashboard compare',
    body: StartSignIn,
    maxBodyBytes: 8 * 1024,
    response: StartedSignIn,
    status: 201,
    refuses: ['RATE_LIMITED'],
    secret: true,
  },
  pollSignIn: {
    method: 'POST',
    path: '/sign-ins/poll',
    scope: 'public',
    tag: 'Account',
    summary: 'Ask what was decided; who asks more often than intervalSec is told to wait',
    body: PollSignIn,
    maxBodyBytes: 4 * 1024,
    response: PolledSignIn,
    status: 200,
    refuses: ['NOT_FOUND', 'RATE_LIMITED'],
    secret: true,
  },
  getSignIn: {
    method: 'GET',
    path: '/sign-ins/:code',
    scope: 'runner',
    tag: 'Account',
    summary: 'Who asks with this code to be connected; needs runs:read too',
    params: onCode,
    response: SignIn,
    status: 200,
    secret: true,
  },
  decideSignIn: {
    method: 'POST',
    path: '/sign-ins/:code/decision',
    scope: 'runner',
    tag: 'Account',
    summary: 'Connect that computer to your org, or refuse it; needs the scope that its window is given too',
    params: onCode,
    body: DecideSignIn,
    response: SignIn,
    status: 200,
  },
  openWindow: {
    method: 'POST',
    path: '/runners/:id/window',
    scope: 'runner',
    tag: 'Account',
    summary:
      'What the window of this computer authenticates with: a key of its own in place of the earlier one, listed with the others',
    params: onRunner,
    body: OpenWindow,
    maxBodyBytes: 4 * 1024,
    response: OpenedWindow,
    status: 200,
    secret: true,
  },
} as const satisfies Record<string, Route>;
