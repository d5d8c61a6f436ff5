import type { BodyOf, ResponseOf, RouteName, routes } from '@agentfleet/contract';
import type * as z from 'zod';
import type { AppOptions } from '../http/app-options.js';
import type { Context } from '../http/context.js';

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
