import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { diskWords } from './outbox/room.js';
import { writeWhole } from './whole-file.js';

const Identity = z.object({ machineId: z.uuid() });

/**
 * What makes this runner the same one after a restart, whatever it is called: an id in its directory, made at the
 * first start. Throws when the directory cannot be written, or its identity is damaged: a new id would silently
 * make another runner of it.
 */
export function readIdentity(runnerDir: string): { machineId: string } {
  const path = join(runnerDir, 'identity.json');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const identity = { machineId: randomUUID() };
    try {
      writeWhole(path, `${JSON.stringify(identity)}\n`);
    } catch (error) {
      throw new Error(diskWords(error as Error, runnerDir));
    }
    return identity;
  }
  try {
    return Identity.parse(JSON.parse(text));
  } catch {
    throw new Error(`${path} is damaged. Delete it to make this machine a new runner.`);
  }
}
