import type { OwnPause, PauseRunner, RunnerPause, ToldPause } from '@agentfleet/contract';
import type { Actor } from '../audit/actor.js';
import { actorValue, noted } from '../audit/noted.js';
import type { Database, Queryable, Statement } from '../db/database.js';
import { notFound } from '../errors.js';

/**
 * Each pause takes the place of the one before, with who asked for it and until when.
 * $1 runner, $2 org, $3 note, $4 name of the key or null, $5 whether at the machine itself, $6 for how many s or null,
 * $7 who.
 */
const pauseRunner: Statement = {
  name: 'pause-runner',
  text: `
WITH done AS (
  UPDATE runners SET paused_at = now(), pause_note = $3, paused_by = $4, paused_at_machine = $5,
    paused_until = now() + $6 * interval '1 s'
  WHERE id = $1 AND org_id = $2 AND deleted_at IS NULL RETURNING id, name
),
noted AS (${noted({
    ...{ by: '$7', action: 'runner.pause', org: '$2', subject: 'id', name: 'done.name', from: 'done' },
    detail: `CASE WHEN $6::float8 IS NOT NULL THEN jsonb_build_object('forSec', $6::float8) END`,
  })})
SELECT id FROM done`,
};

const notPaused =
  'paused_at = NULL, pause_note = NULL, paused_by = NULL, paused_at_machine = false, paused_until = NULL';

/** $1 runner, $2 org, $3 who. One that was not paused is not told of. */
const resumeRunner: Statement = {
  name: 'resume-runner',
  text: `
WITH held AS (
  SELECT id, name, paused_at FROM runners WHERE id = $1 AND org_id = $2 AND deleted_at IS NULL FOR NO KEY UPDATE
),
done AS (
  UPDATE runners r SET ${notPaused} FROM held WHERE r.id = held.id RETURNING r.id
),
noted AS (${noted({
    ...{ by: '$3', action: 'runner.resume', org: '$2', subject: 'held.id', name: 'held.name' },
    from: '(SELECT held.* FROM held JOIN done ON done.id = held.id WHERE held.paused_at IS NOT NULL) held',
  })})
SELECT id FROM done`,
};

/** Those whose time is over. A server of before leaves the time of the pause before it, which is not this pause's. */
const endRunnerPauses: Statement = {
  name: 'end-runner-pauses',
  text: `
UPDATE runners SET ${notPaused}
WHERE paused_until <= now() AND paused_at < paused_until RETURNING id, org_id AS "orgId"`,
};

/** $1 runner, $2 org. */
const selectPause: Statement = {
  name: 'select-pause',
  text: `
SELECT paused_at AS at, paused_by AS by, paused_at_machine AS "atMachine", paused_until AS until, pause_note AS note
FROM runners WHERE id = $1 AND org_id = $2 AND paused_at IS NOT NULL`,
};

type Row = Omit<RunnerPause, 'at' | 'until'> & { at: Date; until: Date | null };

/**
 * Pauses a runner, or with null lets it take runs again. Throws NOT_FOUND.
 * @param by a runner: the person at its machine
 */
export async function setPaused(
  database: Database,
  orgId: string,
  runnerId: string,
  pause: PauseRunner | null,
  by?: Actor,
): Promise<void> {
  const on = [runnerId, orgId];
  const isAtMachine = by?.kind === 'runner';
  const [row] = pause
    ? await database.query(pauseRunner, [
        ...on,
        pause.note ?? null,
        isAtMachine ? null : (by?.name ?? null),
        isAtMachine,
        pause.forSec ?? null,
        actorValue(by),
      ])
    : await database.query(resumeRunner, [...on, actorValue(by)]);
  if (!row) throw notFound('runner');
  tell(database, orgId, runnerId);
}

/** See Queue.pauseOwn. */
export async function ownPause(
  database: Database,
  orgId: string,
  runnerId: string,
  { paused, ...pause }: OwnPause,
): Promise<ToldPause> {
  const by: Actor = { kind: 'runner', id: runnerId, name: 'at the machine' };
  await setPaused(database, orgId, runnerId, paused ? pause : null, by);
  return { pause: await readPause(database, orgId, runnerId) };
}

/** Lets the runners take runs again whose pause was to end by now. */
export async function endPauses(database: Database): Promise<void> {
  for (const { id, orgId } of await database.query<{ id: string; orgId: string }>(endRunnerPauses, [])) {
    tell(database, orgId, id);
  }
}

/** What a runner is told of its pause. @param pausedAt as it was just read: one that is not paused costs nothing more */
export async function pauseOf(
  database: Queryable,
  orgId: string,
  runnerId: string,
  pausedAt: Date | null,
): Promise<RunnerPause | null> {
  return pausedAt === null ? null : readPause(database, orgId, runnerId);
}

async function readPause(database: Queryable, orgId: string, runnerId: string): Promise<RunnerPause | null> {
  const [row] = await database.query<Row>(selectPause, [runnerId, orgId]);
  return row ? { ...row, at: row.at.toISOString(), until: row.until?.toISOString() ?? null } : null;
}

function tell(database: Database, orgId: string, runnerId: string): void {
  database.wakeups.wake(`runner:${runnerId}`);
  database.changes.runner(orgId, runnerId);
}
