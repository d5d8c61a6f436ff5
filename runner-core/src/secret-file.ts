import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { SettingsError } from './settings-error.js';

/**
 * What a file holds that only its user may read. Throws SettingsError.
 * @param name of the setting, for people
 * @param credentials where systemd puts them, which gives a service rights by an access list that looks like the group's
 */
export function readSecretFile(name: string, file: string, credentials: string | undefined): string {
  try {
    refuseReaders(name, file, dirname(file) === credentials ? 0o007 : 0o077);
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (error instanceof SettingsError) throw error;
    throw new SettingsError(`${name} cannot be read: ${(error as Error).message}`);
  }
}

/**
 * Throws SettingsError where others than its user may read or change a file that holds a secret.
 * @param what the file is, for people
 */
export function refuseReaders(what: string, file: string, others = 0o077): void {
  // Windows keeps rights otherwise: a file in a person's own folder is that person's there.
  if (process.platform === 'win32' || (statSync(file).mode & others) === 0) return;
  throw new SettingsError(`${what} is ${file}, which others can read. Run: chmod 600 ${quoted(file)}`);
}

/** As a shell takes it. */
const quoted = (text: string) => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
