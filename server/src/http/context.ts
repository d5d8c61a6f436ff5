import type Koa from 'koa';
import type { Caller } from '../auth/caller.js';

/** What our middleware notes of a request. */
export interface State {
  requestId: string;
  /** Where the request came from, if that is to be noted. */
  address?: string | undefined;
  /** The run and the runner that the request is about. */
  runId?: string;
  runnerId?: string;
  caller?: Caller;
  route?: string;
  /** How long its body is, after decompression. */
  bodyBytes?: number;
  /** Of a costly question: aborts when its caller leaves. */
  left?: AbortSignal;
  /** Tells that it is answered, or waits for something to happen and needs nothing meanwhile. */
  leaveCrowd?: () => void;
  /** The answer is sent as it is: see lightAnswers. */
  asIs?: boolean;
}

/** Koa's context with what our middleware puts there. */
export type Context = Koa.ParameterizedContext<State>;
