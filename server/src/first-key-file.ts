import { writeFileSync } from 'node:fs';
import { ConfigError } from './config.js';

/**
 * Writes the first admin key to a file that only its user can read. Throws ConfigError where it exists already: it may be
 * somebody else's, and readable by them.
 */
export function writeFirstKey(file: string, key: string): void {
  try {
    writeFileSync(file, `${key}\n`, { flag: 'wx', mode: 0o600, flush: true });
  } catch (error) {
    throw new ConfigError(`AGENTFLEET_FIRST_KEY_FILE cannot be written: ${(error as Error).message}`);
  }
}
