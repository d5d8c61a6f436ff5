import { type Query, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTransport } from '../base/transport-context.js';
import { useServerBack } from '../base/use-server-back.js';
import { isList } from '../sessions/refresh-runs.js';

/** Says that the server does not answer, for as long as that is so; what was missed is fetched once it does. */
export function OfflineBanner() {
  const transport = useTransport();
  const queries = useQueryClient();
  const [reachable, setReachable] = useState(true);
  useEffect(() => transport.onReachable(setReachable), [transport]);
  useServerBack(() => void queries.invalidateQueries({ predicate: isMissed }));
  return (
    <div role="status">
      {!reachable && (
        <p className="bg-warn-soft px-4 py-2 text-warn sm:px-6">
          The server does not answer. What you see may be old; it catches up by itself.
        </p>
      )}
    </div>
  );
}

/** Lists are told what they missed; one that could not be read at all has nothing that could be told of. */
const isMissed = (query: Query) => !isList(query) || query.state.status === 'error';
