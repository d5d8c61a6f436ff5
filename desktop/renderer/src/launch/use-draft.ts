import { useCallback, useEffect, useRef, useState } from 'react';
import { useSearchParams } from 'wouter';
import { useTransport } from '../base/transport-context.js';
import { useStoredText } from '../ui/use-stored-text.js';
import { draftOf, type LaunchDraft, readDraft } from './draft.js';

/**
 * The form's content, kept in this browser. The address may fill it: `?from=` with a session to launch again,
 * `?runnerId=` and `?cwd=` with a place.
 */
export function useDraft(): {
  draft: LaunchDraft;
  change: (change: Partial<LaunchDraft>) => void;
  error: unknown;
} {
  const transport = useTransport();
  const [stored, setStored] = useStoredText('agentfleet.draft.launch');
  const [search, setSearch] = useSearchParams();
  const [draft, setDraft] = useState(() => readDraft(stored));
  const [error, setError] = useState<unknown>(null);
  const asked = search.toString();

  const newest = useRef(draft);
  const change = useCallback(
    (changed: Partial<LaunchDraft>) => {
      newest.current = { ...newest.current, ...changed };
      setDraft(newest.current);
      setStored(JSON.stringify(newest.current));
    },
    [setStored],
  );

  const clear = useRef(() => {});
  clear.current = () => setSearch({}, { replace: true });
  useEffect(() => {
    const query = new URLSearchParams(asked);
    const from = query.get('from');
    const runnerId = query.get('runnerId');
    const cwd = query.get('cwd');
    if (runnerId !== null || cwd !== null) {
      change({ runnerId: runnerId ?? '', ...(cwd === null ? {} : { cwd }) });
      clear.current();
    }
    if (!from) return;
    let current = true;
    transport.getRun(from).then(
      (run) => {
        if (!current) return;
        change(draftOf(run));
        clear.current();
      },
      (failure) => current && setError(failure),
    );
    return () => {
      current = false;
    };
  }, [asked, transport, change]);

  return { draft, change, error };
}
