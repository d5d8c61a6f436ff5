import type { PermissionMode } from '@agentfleet/contract';
import type { Database } from '../db/database.js';
import { laneOf } from './lanes.js';
import { failWithoutSession, lockThread, makeReady, nextInThread } from './sql/advance-thread.js';
import { runChanged, wakeForRun } from './wake.js';

interface Next {
  id: string;
  org_id: string;
  permission_mode: PermissionMode;
  shared_cwd: boolean;
  cwd_key: string;
  fresh: boolean;
  agent_session_id: string | null;
  runner_id: string | null;
}

/**
 * Lets the next follow-up of a thread into the queue once the run before it has ended: pinned to the runner that
 * holds the session, a fresh one to its parent's runner, if that had one. One that finds no session to resume fails
 * instead, and so on down the thread.
 * Repeating it is harmless; the sweep does, in case a server died before.
 */
export async function advanceThread(database: Database, threadId: string): Promise<void> {
  const changed = await database.transaction(async (tx) => {
    const ended: Next[] = [];
    await tx.query(lockThread, [threadId]);
    for (;;) {
      const [next] = await tx.query<Next>(nextInThread, [threadId]);
      if (!next) return { ended };
      if (next.fresh || (next.agent_session_id !== null && next.runner_id !== null)) {
        const lane = laneOf({
          pinnedTo: next.runner_id,
          permissionMode: next.permission_mode,
          sharedCwd: next.shared_cwd,
          cwdKey: next.cwd_key,
        });
        await tx.query(makeReady, [next.id, next.runner_id, lane]);
        return { ended, ready: next };
      }
      await tx.query(failWithoutSession, [next.id]);
      ended.push(next);
    }
  });
  for (const run of changed.ended) runChanged(database, run.org_id, run.id);
  if (changed.ready) {
    runChanged(database, changed.ready.org_id, changed.ready.id);
    wakeForRun(database, changed.ready.org_id, changed.ready.runner_id);
  }
}
