import * as z from 'zod';
import { RunId } from './ids.js';
import { Timestamp } from './text.js';

/** Why a queued run waits, for programs. `queue.message` says the same in a sentence. */
export const QueueReason = z.enum([
  'ready',
  'no_runner_registered',
  'no_runner_online',
  'runner_offline',
  'runner_paused',
  'runner_busy',
  'directory_not_covered',
  'directory_busy',
  'parent_running',
  'thread_busy',
  'org_limit',
]);
export type QueueReason = z.infer<typeof QueueReason>;

const why = { reason: QueueReason, message: z.string() };

/** Why a QUEUED run waits, as rows of a list say it. */
export const QueueWait = z.strictObject(why).meta({ id: 'QueueWait' });
export type QueueWait = z.infer<typeof QueueWait>;

/** The session that works in the directory a queued run waits for. */
export const DirectoryHolder = z
  .strictObject({
    runId: RunId,
    since: Timestamp.meta({ description: 'When it took the directory' }),
    shared: z.boolean().meta({
      description:
        'Whether it lets others in: then a run with sharedCwd starts beside it. Both may be changed with PATCH /runs/:id',
    }),
    approvalsWaiting: z.int().nonnegative().meta({ description: 'Tools of it that wait for a person' }),
  })
  .meta({ id: 'DirectoryHolder' });
export type DirectoryHolder = z.infer<typeof DirectoryHolder>;

/** Where a QUEUED run stands. */
export const QueuePlace = z
  .strictObject({
    ...why,
    position: z
      .int()
      .positive()
      .meta({ description: '1 is next, among the runs that compete for the same runners' }),
    heldBy: DirectoryHolder.nullable().optional().meta({
      description: 'With directory_busy, who works there longest; older servers leave it out',
    }),
    eligibleRunners: z.int().nonnegative().meta({ description: 'Online runners that may take it' }),
  })
  .meta({ id: 'QueuePlace' });
export type QueuePlace = z.infer<typeof QueuePlace>;

/** The org's queue at a glance. */
export const Queue = z
  .strictObject({
    depth: z.int().nonnegative(),
    oldestAgeMs: z.int().nonnegative().nullable().meta({ description: 'Null when nothing is queued' }),
    runnersPolling: z
      .int()
      .nonnegative()
      .meta({ description: 'Runners with a claim open, over all servers' }),
    running: z.int().nonnegative(),
  })
  .meta({ id: 'Queue' });
export type Queue = z.infer<typeof Queue>;
