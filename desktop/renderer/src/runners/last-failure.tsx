import type { Runner } from '@agentfleet/contract';
import { Link } from 'wouter';
import { Age } from '../ui/age.js';
import { Seen } from '../ui/seen.js';

/** What failed last on a runner, lately, and when; nothing where nothing did. */
export function LastFailure({ runner }: { runner: Runner }) {
  const { lastFailure } = runner;
  if (!lastFailure) return null;
  const { runId, failure, at } = lastFailure;
  return (
    <p className="flex flex-wrap gap-x-2 text-soft">
      <span className="whitespace-nowrap">
        Last failure <Age at={at} />:
      </span>
      <Link
        href={`/sessions/${runId}`}
        className="min-w-0 text-bad underline decoration-dotted [overflow-wrap:anywhere]"
      >
        <Seen text={failure.message || failure.code} />
      </Link>
    </p>
  );
}
