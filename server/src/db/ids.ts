import { randomFillSync } from 'node:crypto';

const alphabet = '0123456789abcdefghijklmnopqrstuvwxyz';

/** A random id: `run_…` a runner, `org_…`, `key_…`, `cmd_…`. 20 characters carry 103 bits. */
export function newId(prefix: 'run_' | 'org_' | 'key_' | 'cmd_'): string {
  return prefix + randomBase36(20);
}

/** The id of a run, `clr…`: its beginning is the time, so that ids sort by age. `ms` since 1970, of the database. */
export function newRunId(ms: number): string {
  return `${runIdsFrom(ms)}${randomBase36(13)}`;
}

/** The id of an approval, `apr_…`: sorts by age as a run's does. */
export function newApprovalId(ms: number): string {
  return `apr_${timeText(ms)}${randomBase36(13)}`;
}

/** What ids of runs begin with that are made at `ms` since 1970: older ones sort before it, later ones after. */
export function runIdsFrom(ms: number): string {
  return `clr${timeText(Math.min(Math.max(0, ms), latestMs))}`;
}

/** When a run's id says that it was made, ms since 1970; NaN where it does not. */
export function timeOfRunId(id: string): number {
  const text = id.slice(3, 12);
  return /^[0-9a-z]{9}$/.test(text) ? Number.parseInt(text, 36) : Number.NaN;
}

/** What nine characters can tell: the year 5188. */
const latestMs = 36 ** 9 - 1;
const timeText = (ms: number) => ms.toString(36).padStart(9, '0');

/** The fencing token of an attempt: 192 random bits. */
export function newAttemptToken(): string {
  return `att_${randomBytes(24).toString('base64url')}`;
}

/** Asked of the system by the thousand, as asking costs as much as hundreds of them; each is given out once. */
const pool = Buffer.alloc(4_096);
let used = pool.length;

/** @returns a view of the pool, which is good until the next call */
function randomBytes(length: number): Buffer {
  if (used + length > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += length;
  return pool.subarray(used - length, used);
}

/** Bytes from 252 on are skipped so that every character is equally likely. */
function randomBase36(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < 252 && text.length < length) text += alphabet.charAt(byte % 36);
    }
  }
  return text;
}
