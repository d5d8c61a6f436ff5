import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { openDatabase } from '../db/open.js';

/**
 * Names a data directory in which the embedded database was made and migrated, and nothing else happened. To make one
 * takes several times as long as to start on it, so tests that are not about the making begin with a copy.
 */
const variable = 'TEST_EMBEDDED_TEMPLATE';

/** For vitest's globalSetup: every process of the tests finds the template in its environment. */
export default async function setup(): Promise<(() => void) | undefined> {
  // One serves every project of a run.
  if (process.env[variable]) return undefined;
  // It is made once: to make its code fast would cost half as much again.
  setFlagsFromString('--liftoff-only');
  const template = mkdtempSync(join(tmpdir(), 'agentfleet-template-'));
  const database = await openDatabase({ dataDir: template });
  await database.close();
  process.env[variable] = template;
  return () => rmSync(template, { recursive: true, force: true });
}

/** A data directory of the test's own, with a fresh database that is migrated. */
export function freshDataDir(): { dataDir: string; remove: () => void } {
  const dataDir = mkdtempSync(join(tmpdir(), 'agentfleet-data-'));
  const template = process.env[variable];
  if (template) cpSync(template, dataDir, { recursive: true });
  return { dataDir, remove: () => rmSync(dataDir, { recursive: true, force: true }) };
}
