import { type Run, withHiddenSpelled } from '@agentfleet/contract';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from 'wouter';
import { usePageTitle } from '../app/tab-state.js';
import { useTransport } from '../app/transport-context.js';
import { TransportError } from '../transport/transport.js';
import { firstLine } from '../ui/format.js';
import { Empty, ErrorNote } from '../ui/notes.js';
import { Skeleton } from '../ui/skeleton.js';
import { SessionView } from './session-view.js';
import { useSessionLog } from './use-session-log.js';
import './session.css';

/** More of a prompt than a tab shows. */
const titleLength = 120;

/** One session: what was asked, the conversation as it happens, and the composer that goes on with it. */
export default function SessionPage({ runId }: { runId: string }) {
  const transport = useTransport();
  const queries = useQueryClient();
  const run = useQuery<Run>({
    queryKey: ['run', runId],
    queryFn: () => transport.getRun(runId),
  });
  const log = useSessionLog(runId, () => {
    void queries.invalidateQueries({ queryKey: ['run', runId] });
    void queries.invalidateQueries({ queryKey: ['thread'] });
  });

  usePageTitle(run.data ? withHiddenSpelled(firstLine(run.data.input)).slice(0, titleLength) : 'Session');

  if (run.error instanceof TransportError && run.error.code === 'NOT_FOUND') {
    return (
      <Empty title="This session does not exist">
        It may have been deleted, or belong to another org.{' '}
        <Link href="/sessions" className="text-accent underline">
          To the sessions
        </Link>
      </Empty>
    );
  }
  if (!run.data && run.error) {
    return (
      <div className="page">
        <ErrorNote error={run.error} retry={() => void run.refetch()} />
      </div>
    );
  }
  if (!run.data) return <Skeleton lines={8} />;
  if (!log.state.isOpen) return <Skeleton lines={8} />;
  return <SessionView run={run.data} log={log} />;
}
