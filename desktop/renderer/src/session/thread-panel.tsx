import type { Run } from '@agentfleet/contract';
import { memo } from 'react';
import { ApprovalHistory } from '../approvals/approval-history.js';
import type { Place, ThreadLog } from '../conversation/thread-log.js';
import { CostByRun } from './cost-by-run.js';
import { DeleteSession } from './delete-session.js';
import { FilesChanged } from './files-changed.js';
import { IdCard } from './id-card.js';
import type { ThreadRuns } from './use-thread.js';

interface Props {
  thread: ThreadRuns;
  /** The one that the address names. */
  run: Run;
  log: ThreadLog;
  show: (place: Place) => void;
}

/** What matters now, below the tasks: files, permissions, costs; then how the run was asked for. */
export const ThreadPanel = memo(function ThreadPanel({ thread, run, log, show }: Props) {
  return (
    <div className="flex flex-col gap-6">
      <FilesChanged log={log} show={show} />
      <ApprovalHistory run={run} />
      {thread.runs.length > 1 && <CostByRun thread={thread} at={run.id} />}
      <IdCard run={run} />
      <DeleteSession run={run} />
    </div>
  );
});
