import { afterAll, beforeAll, describe } from 'vitest';
import type { Database } from '../db/database.js';
import { newId } from '../db/ids.js';
import { openDatabase } from '../db/open.js';
import { openTestDatabase } from './database.js';
import { startTestPostgres, type TestPostgres } from './postgres.js';

/** A database with one org, once the tests run. */
export interface OnDatabase {
  readonly orgId: string;
  readonly database: Database;
}

/** The same tests on the embedded database and on a PostgreSQL. */
export function onBothDatabases(tests: (on: OnDatabase) => void): void {
  describe.each(['embedded', 'PostgreSQL'])('on the %s database', (which) => {
    const orgId = newId('org_');
    let postgres: TestPostgres | undefined;
    let database: Database;

    beforeAll(async () => {
      if (which === 'embedded') database = await openTestDatabase();
      else {
        postgres = await startTestPostgres();
        database = await openDatabase({ url: postgres.url, dataDir: null });
      }
      await database.prisma.org.create({ data: { id: orgId, name: 'Test' } });
    });
    afterAll(async () => {
      await database.close();
      await postgres?.stop();
    });

    tests({
      orgId,
      get database() {
        return database;
      },
    });
  });
}
