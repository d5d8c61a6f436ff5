import type { Database } from '../db/database.js';
import { openDatabase } from '../db/open.js';
import { freshDataDir } from './embedded-template.js';

/** A fresh, migrated, embedded database, gone when it is closed. */
export async function openTestDatabase(): Promise<Database> {
  const { dataDir, remove } = freshDataDir();
  const database = await openDatabase({ dataDir });
  return {
    ...database,
    async close() {
      await database.close();
      remove();
    },
  };
}
