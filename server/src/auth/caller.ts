import type { Org } from '@agentfleet/contract';
import type { OrgLimits } from './org-shares.js';
import type { PresentedKey } from './present-api-key.js';

/** Who sent a request. Scopes come from the key's row only. */
export interface Caller {
  org: Org & { requireRunnerCredentials: boolean };
  /** What the org may ask for. */
  orgLimits: OrgLimits;
  /** With `runnerId` it is a runner's own credential. */
  key: PresentedKey;
  /** Of a runner's credential: the process that used it last, as far as is known here. */
  runnerInstance: string | null;
  /** Of the window of a computer that lacks the scope: the request is for this runner's sessions alone. */
  onlyRunner?: string;
  /** Only when a browser's cookie was used. */
  session?: { hash: Buffer; csrfToken: string; expiresAt: Date };
}
