import type { Database } from '../db/database.js';
import { openDatabase } from '../db/open.js';

/** A fresh, migrated, embedded database in memory. */
export function openTestDatabase(): Promise<Database> {
  return openDatabase({ dataDir: null });
}
