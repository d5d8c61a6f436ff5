import * as z from 'zod';
import { Failure } from './failures.js';
import { RunId, RunnerId } from './ids.js';
import { PageQuery, queryInt } from './lists.js';
import { PermissionMode, RunRow } from './runs.js';
import { storableText, Timestamp } from './text.js';

export const RunnerState = z.enum(['online', 'paused', 'draining', 'offline']);
export type RunnerState = z.infer<typeof RunnerState>;

export const Platform = z.enum(['linux', 'darwin', 'win32']);
export type Platform = z.infer<typeof Platform>;

export const RunnerCredential = z
  .strictObject({
    createdAt: Timestamp,
    lastUsedAt: Timestamp.nullable().meta({ description: 'Accurate to a minute' }),
    enrolledBy: z
      .string()
      .nullable()
      .meta({ description: 'Name of the key that enrolled it; null when that is gone' }),
    conflictAt: Timestamp.nullable().meta({
      description: 'When it was last found in use by two processes at once; null: never',
    }),
  })
  .meta({
    id: 'RunnerCredential',
    description: 'What a runner has for itself; it speaks for that runner alone',
  });
export type RunnerCredential = z.infer<typeof RunnerCredential>;

export const RunnerFailure = z
  .strictObject({ runId: RunId, failure: Failure, at: Timestamp })
  .meta({ id: 'RunnerFailure', description: 'A session of a runner that failed' });
export type RunnerFailure = z.infer<typeof RunnerFailure>;

export const Runner = z
  .strictObject({
    id: RunnerId,
    name: z.string(),
    state: RunnerState,
    online: z.boolean().meta({
      description:
        'Whether it was heard from lately and has not said that it ends; true also when paused or draining',
    }),
    hostname: z.string(),
    platform: Platform,
    arch: z.string(),
    version: z.string().meta({ description: 'Version of the runner' }),
    agentVersion: z
      .string()
      .nullable()
      .meta({ description: 'Version of Claude Code; null when it was not found' }),
    directories: z.array(z.string()).meta({ description: 'Its allowlist' }),
    permissionModes: z.array(PermissionMode).meta({ description: 'What it allows' }),
    maxConcurrentRuns: z.int().positive(),
    activeRuns: z.int().nonnegative(),
    pausedAt: Timestamp.nullable().meta({
      description: 'Since when it takes nothing new; null while it does',
    }),
    pauseNote: z.string().nullable(),
    pausedBy: z.string().nullable().optional().meta({
      description: 'Name of the key that paused it; null at the machine itself. Older servers leave it out',
    }),
    pausedAtMachine: z.boolean().optional().meta({
      description: 'Whether it was paused at the machine itself. Older servers leave it out',
    }),
    pausedUntil: Timestamp.nullable().optional().meta({
      description: 'When it takes runs again by itself; null until it is resumed. Older servers leave it out',
    }),
    lastSeenAt: Timestamp,
    createdAt: Timestamp,
    lastFailure: RunnerFailure.nullable().optional().meta({
      description: 'The newest failure among its newest 20 sessions; older servers leave it out',
    }),
    credential: RunnerCredential.nullable().optional().meta({
      description: 'Null while it authenticates with an API key; older servers leave it out',
    }),
  })
  .meta({ id: 'Runner', description: 'A machine that executes runs' });
export type Runner = z.infer<typeof Runner>;

/** By name. Older clients do not ask for a second page: the first has as many as one may have. */
export const RunnersQuery = PageQuery.extend({
  limit: queryInt(1, 200).default(200).meta({ description: 'Items per page, 1 to 200 (default 200)' }),
});
export type RunnersQuery = z.infer<typeof RunnersQuery>;

/** `GET /runners/:id`: the runner with its newest 50 sessions. */
export const RunnerWithSessions = Runner.extend({
  sessions: z.array(RunRow).meta({ description: 'Its newest 50 sessions, newest first' }),
}).meta({ id: 'RunnerWithSessions' });
export type RunnerWithSessions = z.infer<typeof RunnerWithSessions>;

/** The longest pause that ends by itself, s: 31 days. */
const mostPauseSec = 31 * 86_400;

export const PauseRunner = z
  .strictObject({
    note: storableText(500).trim().min(1).nullish(),
    forSec: z.int().min(1).max(mostPauseSec).nullish().meta({
      description: 'After how many seconds it takes runs again by itself; without it, when it is resumed',
    }),
  })
  .meta({ id: 'PauseRunner' });
export type PauseRunner = z.infer<typeof PauseRunner>;

/** A pause of a runner, as the runner is told of it. */
export const RunnerPause = z
  .strictObject({
    at: Timestamp,
    by: z.string().nullable().meta({ description: 'Name of the key that paused it' }),
    atMachine: z.boolean().meta({ description: 'It was paused at the machine itself' }),
    until: Timestamp.nullable().meta({ description: 'When it ends by itself; null: when somebody resumes' }),
    note: z.string().nullable(),
  })
  .meta({ id: 'RunnerPause' });
export type RunnerPause = z.infer<typeof RunnerPause>;

/** What the person at the machine wants of its runner: pause it, or with `paused: false` take runs again. */
export const OwnPause = PauseRunner.extend({ paused: z.boolean() }).meta({ id: 'OwnPause' });
export type OwnPause = z.infer<typeof OwnPause>;
