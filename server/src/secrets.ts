import * as files from 'node:fs';
import { hideSecrets } from '@agentfleet/contract';

/** What no other process should read of the server's environment; the key is one that its user has for something else. */
export const serverSecrets = [
  'DATABASE_URL',
  'DATABASE_DIRECT_URL',
  'METRICS_TOKEN',
  'LOG_STORE_SECRET',
  'AGENTFLEET_API_KEY',
] as const;

/** Takes them out of the environment of this process. */
export function hideServerSecrets(): void {
  hideSecrets({ process, files }, serverSecrets);
}
