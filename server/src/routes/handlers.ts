import type { BodyOf, ResponseOf, RouteName, routes } from '@agentfleet/contract';
import type * as z from 'zod';
import type { Actor } from '../audit/actor.js';
import type { Caller } from '../auth/authenticator.js';
import { ApiError } from '../errors.js';
import type { AppOptions, Context } from '../http/app.js';
import { accountHandlers } from './account/account.js';
import { apiKeyHandlers } from './api-keys/api-keys.js';
import { approvalHandlers } from './approvals/approvals.js';
import { auditHandlers } from './audit/audit.js';
import { protocolHandlers } from './runner-protocol/runner-protocol.js';
import { runnerHandlers } from './runners/runners.js';
import { runHandlers } from './runs/runs.js';
import { signInHandlers } from './sign-ins/sign-ins.js';
import { streamHandlers } from './stream/stream.js';
import { usageHandlers } from './usage/usage.js';

type Part<Name extends RouteName, Key extends string> = (typeof routes)[Name] extends {
  [K in Key]: infer Schema extends z.ZodType;
}
  ? z.output<Schema>
  : undefined;

/** A request whose path, query and body have been checked. */
export interface Request<Name extends RouteName> {
  context: Context;
  options: AppOptions;
  /** For the run that an idempotent request makes: the same id when it is repeated. */
  newId?: string;
  params: Part<Name, 'params'>;
  query: Part<Name, 'query'>;
  body: [BodyOf<Name>] extends [never] ? undefined : BodyOf<Name>;
}

/** Answers with what the contract says; undefined when it has answered by itself, as a stream. */
export type Handler<Name extends RouteName> = (
  request: Request<Name>,
) => Promise<ResponseOf<Name> | undefined>;
export type Handlers = { [Name in RouteName]: Handler<Name> };

export const handlers: Handlers = {
  ...accountHandlers,
  ...apiKeyHandlers,
  ...approvalHandlers,
  ...auditHandlers,
  ...protocolHandlers,
  ...runnerHandlers,
  ...runHandlers,
  ...signInHandlers,
  ...streamHandlers,
  ...usageHandlers,
};

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
