import { Link } from 'wouter';
import { Empty } from '../ui/notes.js';
import { usePageTitle } from './page-title.js';

/** An address that no screen has. */
export function NothingHere() {
  usePageTitle('Nothing here');
  return (
    <Empty title="There is nothing at this address" isScreen>
      <Link href="/sessions" className="text-accent underline">
        To the sessions
      </Link>
    </Empty>
  );
}
