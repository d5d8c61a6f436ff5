// A step of the build: makes the database that first starts begin with, unless it is there.
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { packed } from '../backup/archive.js';
import { openDatabase, ownMigrations } from './open.js';
import { clearOfProcess, dropTemplates, readyMadeFile } from './ready-made.js';

const file = readyMadeFile(ownMigrations());
if (!existsSync(file)) {
  const dataDir = mkdtempSync(join(tmpdir(), 'agentfleet-ready-made-'));
  try {
    const database = await openDatabase({ dataDir });
    await dropTemplates(database);
    await database.close();
    const databaseDir = join(dataDir, 'postgres');
    clearOfProcess(databaseDir);
    rmSync(dirname(file), { recursive: true, force: true });
    mkdirSync(dirname(file), { recursive: true });
    await pipeline(packed(databaseDir, 'PG_VERSION'), createWriteStream(`${file}.part`));
    renameSync(`${file}.part`, file);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}
