import { type ErrorCode, type ErrorEnvelope, errorCodes } from '@agentfleet/contract';

/** A refusal that the caller is told about, in the documented envelope. Anything else thrown is a fault of ours. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly details: { lastSeq: number } | undefined;

  constructor(code: ErrorCode, message: string, details?: { lastSeq: number }) {
    super(message);
    this.code = code;
    this.details = details;
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
export function notFound(what: 'run' | 'runner' | 'API key'): ApiError {
  return new ApiError('NOT_FOUND', `There is no such ${what}`);
}
