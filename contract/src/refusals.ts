import type { ErrorCode } from './errors.js';
import type { Route } from './route.js';

/** Any route may be refused with these, whoever asks for what. */
const anywhere: readonly ErrorCode[] = [
  ...(['BAD_REQUEST', 'VALIDATION_FAILED', 'FORBIDDEN', 'NOT_ACCEPTABLE', 'REQUEST_TIMEOUT'] as const),
  ...(['HEADERS_TOO_LARGE', 'INTERNAL', 'UNAVAILABLE', 'INSUFFICIENT_STORAGE'] as const),
];
const withBody: readonly ErrorCode[] = ['INVALID_JSON', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'];
const withKey: readonly ErrorCode[] = ['IDEMPOTENCY_KEY_REUSED', 'IDEMPOTENCY_KEY_IN_USE'];

/** Every code that a route may be refused with, each once. */
export function refusalsOf(route: Route): ErrorCode[] {
  return [
    ...new Set<ErrorCode>([
      ...anywhere,
      ...(route.scope === 'public' ? [] : (['UNAUTHORIZED', 'RATE_LIMITED'] as const)),
      ...(route.params ? (['NOT_FOUND'] as const) : []),
      ...(route.body ? withBody : []),
      ...(route.idempotent ? withKey : []),
      ...(route.runnerProtocol ? (['RUNNER_OUTDATED'] as const) : []),
      ...(route.refuses ?? []),
    ]),
  ];
}
