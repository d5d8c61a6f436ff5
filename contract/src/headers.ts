/** Names of the headers that AgentFleet defines. Compare case-insensitively. */
export const headers = {
  /** On every response: finds the request in the server's log. */
  requestId: 'X-Request-Id',
  /** On a POST that creates: the same key and body within 24 h answers the first response again. */
  idempotencyKey: 'Idempotency-Key',
  /** `true` on a response that was answered from an earlier request with the same Idempotency-Key. */
  idempotentReplay: 'Idempotent-Replayed',
  /** On every request of a runner: the protocol version it speaks. */
  runnerProtocol: 'AgentFleet-Protocol',
  /** On every request of a runner: its own version, for logs and the runners list. */
  runnerVersion: 'AgentFleet-Runner-Version',
  /** On the registration of a runner that wants a credential of its own: see EnrolmentSecret. */
  enrolment: 'AgentFleet-Enrolment',
  /** On every request of a runner: made anew by each process, so that two that use one credential are told apart. */
  runnerInstance: 'AgentFleet-Runner-Instance',
  /** On every request of a runner: which inquiries it answers, comma-separated. Older runners leave it out. */
  answers: 'AgentFleet-Answers',
  /** On every unsafe request of a browser session: proves that our own page sent it. */
  csrf: 'AgentFleet-CSRF',
} as const;

/** The protocol this contract describes. A runner that speaks an older one is answered 426 RUNNER_OUTDATED. */
export const runnerProtocolVersion = 1;

/** Where all endpoints live. */
export const apiBase = '/api/v1';

/**
 * A cookie that pages may read, set and removed with the session cookie, which they may not: without it nobody
 * is signed in, and there is nothing to ask the server.
 */
export const signedInCookie = 'agentfleet_signed_in';
