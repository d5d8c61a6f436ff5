import * as z from 'zod';
import type { ErrorCode } from './errors.js';
import { RunId, RunnerId } from './ids.js';
import type { Scope } from './scopes.js';

/** One endpoint. Paths are written as in the public documentation: `/runs/:id`, below `/api/v1`. */
export interface Route {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  /** The scope the credentials must hold; `any` takes every valid key, `public` needs none. */
  scope: Scope | 'any' | 'public';
  /** One line for the reference page. */
  summary: string;
  tag:
    | 'Sessions'
    | 'Approvals'
    | 'Runners'
    | 'API keys'
    | 'Account'
    | 'Queue'
    | 'Usage'
    | 'Audit'
    | 'Runner protocol';
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** Largest body in bytes, after decompression; 1 MiB where it is not given. */
  maxBodyBytes?: number;
  response: z.ZodType;
  status: 200 | 201 | 202;
  /** What it is answered with, and nothing else, when there is nothing left to tell. */
  done?: 204;
  /** What it may be refused with besides what `refusalsOf` says of every route of its kind. */
  refuses?: readonly ErrorCode[];
  /** A POST that creates and therefore honours Idempotency-Key. */
  idempotent?: true;
  /** Only runners call it: it needs the AgentFleet-Protocol header. */
  runnerProtocol?: true;
  /** The window of a computer may call it for the sessions of its own runner, whatever its scopes. */
  ofOwnRunner?: true;
  /** Its answer holds a secret: nothing keeps it or compresses it. */
  secret?: true;
  /** It also answers text/event-stream, or nothing but that: then `response` is what its events carry. */
  stream?: 'also' | 'only';
  /** It reads much: always, or when asked with this parameter. Few of them are answered at once. */
  costly?: true | string;
  /** It answers bytes of one of these media types, not JSON. */
  bytes?: readonly string[];
}

/** The parameters of paths below one run, and below one runner. */
export const onRun = z.strictObject({ id: RunId });
export const onRunner = z.strictObject({ id: RunnerId });

/** Whether the answer has an ETag, by which whoever keeps it asks for what changed. */
export function isRevalidated({ method, secret, stream }: Route): boolean {
  return method === 'GET' && !secret && stream !== 'only';
}
