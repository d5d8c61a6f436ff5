import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findOwnKey, renewApiKey } from '../auth/api-keys.js';
import { sha256 } from '../auth/authenticator.js';
import type { Database } from '../db/database.js';

/** Where a local runner's key lies: only its user can read it, and it opens the runner protocol alone. */
export const keyFile = (runnerDir: string) => join(runnerDir, 'key');

/**
 * The key in the runner's directory, as long as the database knows it: a runner that outlived its server goes on with it.
 * Else the key of that name gets another secret, which is put there.
 */
export async function localRunnerKey(database: Database, name: string, runnerDir: string): Promise<string> {
  const org = await database.prisma.org.findFirstOrThrow({ orderBy: { createdAt: 'asc' } });
  const request = { name, scopes: ['runner' as const] };
  const kept = read(keyFile(runnerDir));
  const known = await findOwnKey(database, org.id, request);
  if (kept && known && sha256(kept).equals(known.hash)) return kept;
  const { key } = await renewApiKey(database, org.id, request);
  mkdirSync(runnerDir, { recursive: true, mode: 0o700 });
  const next = `${keyFile(runnerDir)}.new`;
  writeFileSync(next, `${key}\n`, { mode: 0o600, flush: true });
  renameSync(next, keyFile(runnerDir));
  return key;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
