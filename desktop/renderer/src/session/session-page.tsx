import { isFinal } from '@agentfleet/contract';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from 'wouter';
import { useTransport } from '../app/transport-context.js';
import { TransportError } from '../transport/transport.js';
import { Empty, ErrorNote } from '../ui/notes.js';
import { Skeleton } from '../ui/skeleton.js';
import { Composer } from './composer.js';
import { SessionDetails } from './session-details.js';
import { SessionHeader } from './session-header.js';
import { Transcript } from './transcript.js';
import { useConversation } from './use-conversation.js';

/** One session: what was asked, the conversation as it happens, and the composer that goes on with it. */
export default function SessionPage({ runId }: { runId: string }) {
  const transport = useTransport();
  const queries = useQueryClient();
  const run = useQuery({
    queryKey: ['run', runId],
    queryFn: () => transport.getRun(runId),
    refetchInterval: ({ state }) => (state.data && isFinal(state.data.status) ? false : 2_000),
  });
  const { conversation, end } = useConversation(runId, () => {
    void queries.invalidateQueries({ queryKey: ['run', runId] });
    void queries.invalidateQueries({ queryKey: ['thread'] });
  });

  if (run.error instanceof TransportError && run.error.code === 'NOT_FOUND') {
    return (
      <Empty title="This session does not exist">
        It may belong to another org.{' '}
        <Link href="/sessions" className="text-accent underline">
          To the sessions
        </Link>
      </Empty>
    );
  }
  if (!run.data) return run.error ? <ErrorNote error={run.error} /> : <Skeleton lines={8} />;
  return (
    <div className="flex h-full">
      <div className="flex min-w-0 flex-1 flex-col">
        <SessionHeader run={run.data} />
        <Transcript run={run.data} items={conversation.items} />
        {end?.type === 'failed' && <ErrorNote error={end.error} />}
        <Composer run={run.data} />
      </div>
      <SessionDetails run={run.data} />
    </div>
  );
}
