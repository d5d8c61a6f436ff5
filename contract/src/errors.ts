import * as z from 'zod';

/**
 * Every error code the API answers, with its HTTP status and what it means for the caller.
 * The table is the source of the OpenAPI document's error section.
 */
export const errorCodes = {
  BAD_REQUEST: { status: 400, meaning: 'The request is not HTTP that can be read' },
  INVALID_JSON: { status: 400, meaning: 'The body is empty or is not JSON' },
  VALIDATION_FAILED: {
    status: 400,
    meaning: 'A field is missing, unknown or has a wrong value; the message names it',
  },
  UNAUTHORIZED: { status: 401, meaning: 'No credentials, or they are wrong, expired or revoked' },
  FORBIDDEN: { status: 403, meaning: 'The credentials are valid but lack the scope this route needs' },
  NOT_FOUND: { status: 404, meaning: 'No such thing in your org' },
  METHOD_NOT_ALLOWED: { status: 405, meaning: 'The path exists, but not with this method' },
  NOT_ACCEPTABLE: { status: 406, meaning: 'The route answers nothing of what Accept takes' },
  REQUEST_TIMEOUT: { status: 408, meaning: 'The request took too long to arrive' },
  RUN_FINISHED: { status: 409, meaning: 'The run has already ended' },
  RUN_ACTIVE: {
    status: 409,
    meaning: 'The run has not ended: cancel it first, or delete it with ?cancel=true',
  },
  APPROVAL_CLOSED: {
    status: 409,
    meaning:
      'The approval no longer waits: it was decided otherwise, ran out, or its session went on without it',
  },
  NO_SESSION_TO_RESUME: {
    status: 409,
    meaning:
      'The parent ended without a Claude session that could be resumed: begin another with `fresh`, or launch anew',
  },
  IDEMPOTENCY_KEY_REUSED: { status: 409, meaning: 'The Idempotency-Key was used before for another request' },
  IDEMPOTENCY_KEY_IN_USE: {
    status: 409,
    meaning: 'The first request with this Idempotency-Key is still being answered',
  },
  RUNNER_OFFLINE: { status: 409, meaning: 'The action needs the runner to be online' },
  RUNNER_TOO_OLD: { status: 409, meaning: 'The runner is of a version that cannot do this: update it' },
  RUNNER_BUSY: { status: 409, meaning: 'The runner still has sessions' },
  RUNNER_ENROLLED: {
    status: 409,
    meaning: 'The runner of this machineId has a credential of its own, which the request does not carry',
  },
  FOLDER_NOT_ALLOWED: { status: 403, meaning: 'The folder is outside what the runner allows' },
  FOLDER_NOT_FOUND: { status: 404, meaning: 'The runner has no such folder, or it is none' },
  FOLDER_UNREADABLE: { status: 409, meaning: 'The runner’s user may not look into the folder' },
  STALE_ATTEMPT: { status: 409, meaning: 'The attempt no longer holds the run; stop its work' },
  EVENT_GAP: {
    status: 409,
    meaning: 'Events are missing before the first one sent; details.lastSeq says where to go on',
  },
  EVENT_CONFLICT: { status: 409, meaning: 'An event with this seq is stored with other content' },
  LOG_INCOMPLETE: {
    status: 409,
    meaning: 'The stored log does not match the finish; details.lastSeq says where to rewind to',
  },
  PAYLOAD_TOO_LARGE: { status: 413, meaning: 'The body is larger than this route accepts' },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    meaning: 'The body must be application/json in UTF-8, plain or as gzip, deflate or br',
  },
  RUNNER_OUTDATED: { status: 426, meaning: 'The runner speaks an older protocol; update it' },
  RATE_LIMITED: {
    status: 429,
    meaning:
      'Too many requests, or more sessions queued or streams open than the key may have; Retry-After says when to try again',
  },
  HEADERS_TOO_LARGE: { status: 431, meaning: 'The address and headers are larger than the server reads' },
  INTERNAL: { status: 500, meaning: 'A fault of the server; the request id finds it in the log' },
  UNAVAILABLE: { status: 503, meaning: 'Not ready or shutting down; try again' },
  RUNNER_SILENT: { status: 504, meaning: 'The runner did not answer in time; try again' },
  INSUFFICIENT_STORAGE: { status: 507, meaning: 'The disk of the database is full: nothing was stored' },
} as const satisfies Record<string, { status: number; meaning: string }>;

export type ErrorCode = keyof typeof errorCodes;

/**
 * The error envelope of the public documentation: `{ "error": { "code", "message" } }`.
 * `details` is present only on the runner protocol's 409s, where a program must act on it: `lastSeq` says where to go on,
 * `deleted` of STALE_ATTEMPT that people deleted the run, so that nothing of it is worth keeping.
 */
export const ErrorEnvelope = z
  .strictObject({
    error: z.strictObject({
      code: z.enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]),
      message: z.string(),
      details: z
        .strictObject({ lastSeq: z.int().nonnegative().optional(), deleted: z.literal(true).optional() })
        .optional(),
    }),
  })
  .meta({ id: 'Error', description: 'What every refusal is' });
export type ErrorEnvelope = z.infer<typeof ErrorEnvelope>;
