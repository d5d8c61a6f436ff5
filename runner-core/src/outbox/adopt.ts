import { readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePath } from './free-path.js';
import { Outbox, type OutboxOptions } from './outbox.js';
import type { OutboxRun } from './records.js';

export interface Adopted {
  outboxes: Outbox[];
  /** Those of another server: what they hold is its own, and stays until it is this runner's server again. */
  elsewhere: OutboxRun[];
  /** What a person should know of: files that were damaged or cannot be opened. They are kept. */
  troubles: string[];
}

/**
 * Opens what processes before this one left in a directory. What they had delivered or never begun to write is
 * removed; a tail torn by a crash is cut.
 */
export function adoptOutboxes(directory: string, options: OutboxOptions = {}): Adopted {
  const adopted: Adopted = { outboxes: [], elsewhere: [], troubles: [] };
  for (const path of logsIn(directory)) {
    try {
      adopt(path, adopted, options);
    } catch (error) {
      adopted.troubles.push(`${path} cannot be opened: ${(error as Error).message}`);
    }
  }
  return adopted;
}

function adopt(path: string, { outboxes, elsewhere, troubles }: Adopted, options: OutboxOptions): void {
  const outbox = Outbox.open(path, options);
  if (outbox?.delivered) outbox.remove();
  else if (outbox && (outbox.run.server ?? options.server) !== options.server) {
    outbox.leave();
    elsewhere.push(outbox.run);
  } else if (outbox) {
    outboxes.push(outbox);
    if (outbox.damagedCopy)
      troubles.push(`The disk has damaged ${path}. It is kept as ${outbox.damagedCopy}.`);
  } else if (readFileSync(path).includes('\n')) {
    const kept = freePath(path, '.damaged');
    renameSync(path, kept);
    troubles.push(`The disk has damaged ${path}. It is kept as ${kept} and cannot be delivered.`);
    // Without a newline not even the first record was written: it held nothing yet.
  } else rmSync(path, { force: true });
}

function logsIn(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.log'))
      .map((name) => join(directory, name));
  } catch {
    return [];
  }
}
