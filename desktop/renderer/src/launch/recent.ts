import type { Runner } from '@agentfleet/contract';
import { useQuery } from '@tanstack/react-query';
import { useTransport } from '../app/transport-context.js';
import { activeStatuses } from '../sessions/session-filter.js';
import type { SuggestionGroup } from '../ui/suggest-field.js';

/** What the newest sessions used, the last one first. */
export function useRecent(): { folders: string[]; models: string[] } {
  const transport = useTransport();
  const recent = useQuery({
    queryKey: ['runs', 'recent'],
    queryFn: () => transport.listRuns({ limit: 100 }),
    staleTime: 30_000,
  });
  const runs = recent.data?.data ?? [];
  return {
    folders: [...new Set(runs.map(({ cwd }) => cwd))].slice(0, 8),
    models: [...new Set(runs.flatMap(({ model }) => (model === null ? [] : [model])))].slice(0, 6),
  };
}

/** The sessions that are not over. */
export function useActiveRuns() {
  const transport = useTransport();
  return useQuery({
    queryKey: ['runs', 'active'],
    queryFn: () => transport.listRuns({ status: activeStatuses, limit: 200 }),
  });
}

/** The folders on offer: those used lately, then what the runners allow. */
export function folderGroups(recent: readonly string[], runners: readonly Runner[]): SuggestionGroup[] {
  const allowed = [...new Set(runners.flatMap(({ directories }) => directories))]
    .filter((directory) => !recent.includes(directory))
    .sort();
  const namesOf = (directory: string) =>
    runners.filter(({ directories }) => directories.includes(directory)).map(({ name }) => name);
  return [
    { name: 'Recent', items: recent.map((value) => ({ value, hint: '' })) },
    {
      name: 'What runners allow',
      items: allowed.map((value) => ({ value, hint: namesOf(value).join(', ') })),
    },
  ].filter(({ items }) => items.length > 0);
}

/** What Claude Code calls the newest of each kind. */
const aliases = ['sonnet', 'opus', 'haiku'];

/** The models on offer: those used lately, then the names that always mean the newest. */
export function modelGroups(recent: readonly string[]): SuggestionGroup[] {
  const plain = (values: readonly string[]) => values.map((value) => ({ value, hint: '' }));
  return [
    { name: 'Recent', items: plain(recent) },
    { name: 'Always the newest', items: plain(aliases.filter((alias) => !recent.includes(alias))) },
  ].filter(({ items }) => items.length > 0);
}
