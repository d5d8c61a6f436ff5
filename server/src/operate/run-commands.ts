import { forgetAudit } from '../audit/forget-audit.js';
import { ConfigError } from '../config.js';
import { unless } from '../errors.js';
import { forgetTexts, tidyUp } from '../housekeeping.js';
import { deleteRun } from '../queue/delete-run.js';
import { forgetRuns } from '../queue/forget-runs.js';
import { rebuildUsage } from '../usage/rebuild-usage.js';
import { recountCosts } from '../usage/recount-costs.js';
import { type Command, numberOf, orgOf, seen } from './command.js';
import { endedRuns } from './ended-runs.js';
import { findStuck, mostStuck } from './find-stuck.js';
import { type Moved, moveRun } from './move-run.js';

/** How long a run has to stand still until it counts as stuck, minutes. */
const stuckMinutes = 10;

const whyNotMoved: Record<Exclude<Moved, 'moved'>, (run: string, runner: string) => string> = {
  'no-run': (run) => `The org has no run ${run}.`,
  'no-runner': (_run, runner) => `The org has no runner ${runner}. The dashboard shows their ids.`,
  'not-queued': (run) => `${run} does not wait in the queue any more.`,
  bound: (run) =>
    `${run} goes on with a session that is on its runner. Cancel it, and launch it anew on the other one.`,
};

export const runCommands: Record<string, Command> = {
  async 'find-stuck'({ database, options }) {
    const orgId = await orgOf(database, options);
    const minutes = numberOf(options, 'for-minutes') ?? stuckMinutes;
    const stuck = await findStuck(database, orgId, minutes * 60_000);
    for (const { id, status, cwd, forMs, why } of stuck.slice(0, mostStuck)) {
      console.log(`${id}  ${status}  for ${Math.floor(forMs / 60_000)} min  ${seen(cwd)}\n    ${seen(why)}`);
    }
    if (stuck.length > mostStuck) console.log(`… and more than ${mostStuck}.`);
    if (stuck.length === 0) console.log(`Every run has gone on within ${minutes} min.`);
  },

  async 'move-run'({ database, subject: runId, options, by }) {
    const { to } = options;
    if (runId === undefined || to === undefined) {
      throw new ConfigError('move-run needs the id of a run, and --to with that of a runner, or any.');
    }
    const orgId = await orgOf(database, options);
    const moved = await moveRun(database, orgId, runId, to === 'any' ? null : to, by);
    if (moved !== 'moved') throw new ConfigError(whyNotMoved[moved](runId, to));
    console.log(`${runId} waits for ${to === 'any' ? 'any runner that allows its directory' : to}.`);
  },

  async 'delete-runs'({ database, options, by }) {
    const days = numberOf(options, 'ended-days-ago', 0);
    if (days === undefined) throw new ConfigError('delete-runs needs --ended-days-ago.');
    const orgId = await orgOf(database, options);
    const dryRun = options['dry-run'] === true;
    if (!dryRun && options.yes !== true) {
      throw new ConfigError('This deletes sessions for good. Say so with --yes, or look with --dry-run.');
    }
    let count = 0;
    for await (const ids of endedRuns(database, orgId, days * 86_400_000)) {
      // One that somebody else deletes at this moment is deleted.
      if (!dryRun)
        for (const id of ids) await deleteRun(database, orgId, id, false, by).catch(unless('NOT_FOUND'));
      count += ids.length;
      console.log(`${count} sessions ${dryRun ? 'would be' : 'are'} deleted …`);
    }
    console.log(
      `${count} sessions that ended ${days} days ago or earlier ${dryRun ? 'would be' : 'are'} deleted.`,
    );
  },

  async prune({ database, config: { retentionMs, textRetentionMs, runRetentionMs, auditRetentionMs } }) {
    const never = new AbortController().signal;
    const { events, hidden, dropped } = await tidyUp(database, retentionMs, never);
    const texts = textRetentionMs === undefined ? 0 : await forgetTexts(database, textRetentionMs, never);
    const runs = runRetentionMs === undefined ? 0 : await forgetRuns(database, runRetentionMs, never);
    const entries =
      auditRetentionMs === undefined
        ? 0
        : await forgetAudit(database, { olderThanMs: auditRetentionMs }, never);
    const days = (ms: number | undefined) => (ms === undefined ? 'kept for ever' : `${ms / 86_400_000} days`);
    if (hidden > 0 || dropped > 0) {
      console.log(
        `The events of ${hidden} sessions are shown to nobody any more, and go with their partitions; ${dropped} partitions were dropped.`,
      );
    }
    console.log(
      `${events} events were deleted (${days(retentionMs)}), the texts of ${texts} sessions (${days(textRetentionMs)}), ${runs} sessions (${days(runRetentionMs)}), and ${entries} entries of the audit trail (${days(auditRetentionMs)}).`,
    );
  },

  async 'recount-costs'({ database, options }) {
    const orgId = options.org === undefined ? undefined : await orgOf(database, options);
    await recountCosts(database, { orgId, dryRun: options['dry-run'] === true, say: console.log });
  },

  async 'rebuild-usage'({ database, options }) {
    const orgId = options.org === undefined ? undefined : await orgOf(database, options);
    await rebuildUsage(database, { orgId, dryRun: options['dry-run'] === true, say: console.log });
  },
};
