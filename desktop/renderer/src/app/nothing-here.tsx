import { Link } from 'wouter';
import { usePageTitle } from './tab-state.js';

/** An address that no screen has. */
export function NothingHere() {
  usePageTitle('Nothing here');
  return (
    <div className="mx-auto flex max-w-md flex-col items-center gap-3 px-4 py-16 text-center">
      <h1 className="font-semibold text-base">There is nothing at this address</h1>
      <Link href="/sessions" className="text-accent underline">
        To the sessions
      </Link>
    </div>
  );
}
