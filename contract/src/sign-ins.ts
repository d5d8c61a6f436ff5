import * as z from 'zod';
import { isWellFormedApiKey } from './api-key-format.js';
import { ApiKey } from './api-keys.js';
import { Org } from './orgs.js';
import { Platform } from './runners.js';
import { mendedText, storableText, Timestamp } from './text.js';

/**
 * Signing in a computer without a key: it asks, shows a code, and waits until somebody who is signed in to the dashboard
 * has compared the code and allowed it. The shape is that of OAuth 2.0 Device Authorization Grant (RFC 8628).
 */

/** Consonants alone: codes spell no word, and no letter looks like a digit. 20 to the power of 8 is 34 bits. */
export const userCodeLetters = 'BCDFGHJKLMNPQRSTVWXZ';
const userCodeLength = 8;

/** The code that people compare, read however it was typed, as `WDJB-MJHT`. */
export const UserCode = z
  .string()
  .max(40)
  .overwrite((text) => {
    const letters = text.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
    return letters.length === userCodeLength ? `${letters.slice(0, 4)}-${letters.slice(4)}` : text;
  })
  .regex(new RegExp(`^[${userCodeLetters}]{4}-[${userCodeLetters}]{4}$`), { error: 'is not a sign-in code' })
  .meta({ description: 'The code that both screens show: WDJB-MJHT' });

/** What only the computer that asks knows: 256 random bits. */
const DeviceCode = z.string().regex(/^[A-Za-z0-9_-]{43}$/, { error: 'is not a device code' });

/** What a computer says of itself. It is told to whoever decides, and believed by nobody. */
const asking = {
  computer: mendedText(100).min(1).meta({ description: 'What its runner is called' }),
  user: mendedText(100).meta({ description: 'Who is logged in there' }),
  hostname: mendedText(255),
  platform: Platform,
  version: mendedText(50).meta({ description: 'Version of the app' }),
};

export const StartSignIn = z.strictObject(asking).meta({ id: 'StartSignIn' });
export type StartSignIn = z.infer<typeof StartSignIn>;

export const StartedSignIn = z
  .strictObject({
    deviceCode: DeviceCode.meta({ description: 'What it is asked after with; told to nobody' }),
    userCode: UserCode,
    path: z.string().meta({ description: 'Of the page that asks for the code, with the code in it' }),
    intervalSec: z.int().positive().meta({ description: 'Ask no more often than that' }),
    expiresAt: Timestamp,
    serverTime: Timestamp,
  })
  .meta({ id: 'StartedSignIn' });
export type StartedSignIn = z.infer<typeof StartedSignIn>;

export const PollSignIn = z.strictObject({ deviceCode: DeviceCode }).meta({ id: 'PollSignIn' });
export type PollSignIn = z.infer<typeof PollSignIn>;

/** What the window of a computer may do in the org, beside answering and cancelling the sessions of its own runner. */
export const WindowScope = z.enum(['runs:read', 'runs:write', 'admin']);
export type WindowScope = z.infer<typeof WindowScope>;

export const PolledSignIn = z
  .discriminatedUnion('state', [
    z.strictObject({ state: z.literal('waiting') }),
    z.strictObject({ state: z.literal('denied') }),
    z.strictObject({
      state: z.literal('allowed'),
      key: z.string().refine(isWellFormedApiKey, { error: 'is not a key' }).meta({
        description:
          'For ten minutes and one enrolment: what POST /runners/register and POST /runners/:id/window are called with. It is given this once',
      }),
      window: WindowScope,
      org: Org,
      allowedBy: z.string().meta({ description: 'Name of the key that allowed it' }),
    }),
  ])
  .meta({ id: 'PolledSignIn' });
export type PolledSignIn = z.infer<typeof PolledSignIn>;

/** A computer that asks, as the page shows it to whoever decides. */
export const SignIn = z
  .strictObject({
    ...asking,
    state: z.enum(['waiting', 'allowed', 'denied']),
    address: z.string().meta({ description: 'Where the request came from, as the server sees it' }),
    forwardedFor: z
      .string()
      .nullable()
      .meta({ description: 'Where it came from before, as a proxy at that address says; null without one' }),
    createdAt: Timestamp,
    expiresAt: Timestamp,
  })
  .meta({ id: 'SignIn', description: 'A computer that asks to be connected' });
export type SignIn = z.infer<typeof SignIn>;

export const DecideSignIn = z
  .discriminatedUnion('decision', [
    z.strictObject({ decision: z.literal('allow'), window: WindowScope.default('runs:write') }),
    z.strictObject({ decision: z.literal('deny') }),
  ])
  .meta({ id: 'DecideSignIn' });
export type DecideSignIn = z.infer<typeof DecideSignIn>;

/**
 * Asks for what the window of a computer authenticates with. The request is made with the key that the computer was given
 * or signed in with, and proves to come from the runner's machine.
 */
export const OpenWindow = z
  .strictObject({
    credential: storableText(200).meta({ description: 'The runner’s own' }),
    scopes: z
      .array(WindowScope)
      .max(3)
      .meta({ description: 'Of those of the key. None: the sessions of its own runner alone' }),
  })
  .meta({ id: 'OpenWindow' });
export type OpenWindow = z.infer<typeof OpenWindow>;

export const OpenedWindow = z
  .strictObject({
    org: Org,
    key: ApiKey.extend({ key: z.string().meta({ description: 'It is given this once' }) }),
  })
  .meta({ id: 'OpenedWindow' });
export type OpenedWindow = z.infer<typeof OpenedWindow>;
