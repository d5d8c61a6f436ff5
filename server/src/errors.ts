import { type ErrorCode, type ErrorEnvelope, errorCodes } from '@agentfleet/contract';

/** A refusal that the caller is told about, in the documented envelope. Anything else thrown is a fault of ours. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorEnvelope['error']['details'];
  /** When to try again, in seconds: the answer says so in Retry-After. */
  readonly retryAfterSec: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    details?: ErrorEnvelope['error']['details'],
    retryAfterSec?: number,
  ) {
    super(message);
    this.code = code;
    this.details = details;
    this.retryAfterSec = retryAfterSec;
  }

  get status(): number {
    return errorCodes[this.code].status;
  }

  envelope(): ErrorEnvelope {
    const { code, message, details } = this;
    return { error: details ? { code, message, details } : { code, message } };
  }
}

/** Missing and foreign ids answer alike, byte for byte. */
export function notFound(what: 'run' | 'runner' | 'approval' | 'API key' | 'image' | 'sign-in'): ApiError {
  return new ApiError('NOT_FOUND', `There is no such ${what}`);
}

/** For a `catch`: passes over an error of that code, and throws every other. */
export const unless = (code: ErrorCode) => (error: unknown) => {
  if (!(error instanceof ApiError && error.code === code)) throw error;
};

/** @param waitMs until the next attempt is let through */
export function rateLimited(what: string, waitMs: number): ApiError {
  const retryAfterSec = Math.max(1, Math.ceil(waitMs / 1_000));
  return new ApiError('RATE_LIMITED', `${what}. Try again in ${retryAfterSec} s`, undefined, retryAfterSec);
}

/** What the server needs is away for the moment; nothing was done, or it is not known whether it was. */
export function unavailable(what: string): ApiError {
  return new ApiError('UNAVAILABLE', what, undefined, 2);
}

export const noSuchEndpoint = () =>
  new ApiError('NOT_FOUND', 'There is no such endpoint: paths are as GET /docs lists them, letter by letter');
