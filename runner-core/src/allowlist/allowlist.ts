import type { Failure } from '@agentfleet/contract';

/** The answer to "may a session work here?". */
export type AllowlistVerdict = { ok: true; realPath: string } | { ok: false; failure: Failure };

/** The directories a runner may work in, enforced on the real path. */
export interface Allowlist {
  /** As configured, for people. */
  readonly directories: readonly string[];
  /**
   * What the server matches by: the directories as configured and, where that is another one, as they really are. People ask
   * for `/private/tmp/x` where `/tmp/x` was configured, and the other way round. At most 200, the configured ones first.
   */
  places(): Promise<string[]>;
  /** Resolves symlinks of both sides and compares by segments. Asked again at the moment of execution. */
  check(cwd: string): Promise<AllowlistVerdict>;
}
