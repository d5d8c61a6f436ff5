import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KeyPlace, ownKeyIn } from '../auth/own-keys.js';
import type { Database } from '../db/database.js';

/** Where a local runner's key lies: only its user can read it, and it opens the runner protocol alone. */
export const keyFile = (runnerDir: string) => join(runnerDir, 'key');

/**
 * The key in the runner's directory, as long as the database knows it: a runner that outlived its server goes on with it.
 * Else the key of that name gets another secret, which is put there.
 */
export async function localRunnerKey(database: Database, name: string, runnerDir: string): Promise<string> {
  const org = await database.prisma.org.findFirstOrThrow({ orderBy: { createdAt: 'asc' } });
  return ownKeyIn(placeIn(runnerDir), database, org.id, { name, scopes: ['runner'] });
}

function placeIn(runnerDir: string): KeyPlace {
  const file = keyFile(runnerDir);
  return {
    read() {
      try {
        return readFileSync(file, 'utf8').trim();
      } catch {
        return undefined;
      }
    },
    write(key) {
      mkdirSync(runnerDir, { recursive: true, mode: 0o700 });
      writeFileSync(`${file}.new`, `${key}\n`, { mode: 0o600, flush: true });
      renameSync(`${file}.new`, file);
    },
  };
}
