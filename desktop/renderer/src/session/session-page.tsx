import { withHiddenSpelled } from '@agentfleet/contract';
import { Link } from 'wouter';
import { Broken } from '../base/broken.js';
import { usePageTitle } from '../base/page-title.js';
import { promptOf } from '../sessions/prompt-of.js';
import { TransportError } from '../transport/transport.js';
import { ErrorBoundary } from '../ui/error-boundary.js';
import { firstLine } from '../ui/format.js';
import { Empty, ErrorNote } from '../ui/notes.js';
import { Skeleton } from '../ui/skeleton.js';
import { useMedia } from '../ui/use-media.js';
import { SessionView } from './session-view.js';
import { SideList } from './side/side-list.js';
import { useThread } from './use-thread.js';
import './print.css';
import './session.css';

/** More of a prompt than a tab shows. */
const titleLength = 120;
/** Where there is room for the list beside a session; CSS px as everywhere in queries. */
const wide = '(width >= 64rem)';

/** One conversation: a session with all its follow-ups; on wide screens beside the list of the others. */
export default function SessionPage({ runId }: { runId: string }) {
  const isWide = useMedia(wide);
  return (
    <div className="flex h-full">
      <SideList runId={runId} isShown={isWide} />
      <div className="min-w-0 flex-1">
        <ErrorBoundary of={runId} instead={(error) => <Broken error={error} />}>
          <Conversation runId={runId} />
        </ErrorBoundary>
      </div>
    </div>
  );
}

function Conversation({ runId }: { runId: string }) {
  const { thread, error, retry } = useThread(runId);
  const root = thread?.runs[0];
  const missing = error instanceof TransportError && error.code === 'NOT_FOUND';
  const title = root ? withHiddenSpelled(firstLine(promptOf(root))).slice(0, titleLength) : 'Session';
  // What was deleted is not called by its words any more.
  usePageTitle(missing ? 'Nothing here' : title);

  if (missing) {
    return (
      <Empty title="This session does not exist" isScreen>
        It may have been deleted, or belong to another org.{' '}
        <Link href="/sessions" className="text-accent underline">
          To the sessions
        </Link>
      </Empty>
    );
  }
  if (!thread && error) {
    return (
      <div className="page">
        <ErrorNote error={error} retry={retry} />
      </div>
    );
  }
  if (!thread) return <Skeleton lines={8} />;
  return <SessionView key={thread.threadId} thread={thread} runId={runId} />;
}
