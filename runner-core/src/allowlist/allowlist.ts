import type { Failure } from '@agentfleet/contract';

/** The answer to "may a session work here?". */
export type AllowlistVerdict = { ok: true; realPath: string } | { ok: false; failure: Failure };

/** The directories a runner may work in, enforced on the real path. */
export interface Allowlist {
  /** As configured, for people and for the server's matching. */
  readonly directories: readonly string[];
  /** Resolves symlinks of both sides and compares by segments. Asked again at the moment of execution. */
  check(cwd: string): Promise<AllowlistVerdict>;
}
