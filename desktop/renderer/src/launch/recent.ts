import type { Runner } from '@agentfleet/contract';
import { useQuery } from '@tanstack/react-query';
import { useTransport } from '../base/transport-context.js';
import { activeStatuses } from '../sessions/session-filter.js';
import type { SuggestionGroup } from '../ui/suggest-field.js';
import { type Allowing, allowsFolder } from './outlook.js';

/** What the newest sessions used, the last one first. */
export function useRecent(): { folders: string[]; models: string[]; isKnown: boolean } {
  const transport = useTransport();
  const recent = useQuery({
    queryKey: ['runs', 'recent'],
    queryFn: () => transport.listRuns({ limit: 100 }),
    staleTime: 30_000,
  });
  const runs = recent.data?.data ?? [];
  return {
    isKnown: recent.data !== undefined,
    folders: [...new Set(runs.map(({ cwd }) => cwd))],
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

/** Folders of any place that stand first. */
const mostRecent = 5;

/**
 * The folders on offer: those used last, then by what runners allow, each with the folders in it that sessions have worked in.
 * What else is in it nobody here knows: only the runner reads its disk.
 * @param here the computer that one sits at
 */
export function folderGroups(
  recent: readonly string[],
  runners: readonly Runner[],
  here: Allowing | null = null,
): SuggestionGroup[] {
  const elsewhere = runners
    .flatMap(({ directories }) => directories)
    .filter((each) => !here?.directories.includes(each));
  const roots = [...new Set(elsewhere)].sort();
  const ofHere = [
    ...(here?.directories ?? []),
    ...recent.filter((each) => here && allowsFolder(here, each)).sort(),
  ];
  const having = (root: string) => runners.filter(({ directories }) => directories.includes(root));
  const offered = new Set<string>();
  const fresh = (folders: readonly string[]) =>
    folders.filter((folder) => !offered.has(folder) && offered.add(folder));
  const plain = (folders: readonly string[]) => folders.map((value) => ({ value, hint: '' }));
  return [
    { name: 'Used last', items: plain(fresh(recent.slice(0, mostRecent))) },
    { name: 'On this computer', items: plain(fresh(ofHere)) },
    ...roots.map((root) => {
      const within = recent.filter((folder) => having(root).some((runner) => isInside(root, runner, folder)));
      const names = having(root).map(({ name }) => name);
      return { name: `In ${root} on ${names.join(', ')}`, items: plain(fresh([root, ...within.sort()])) };
    }),
  ].filter(({ items }) => items.length > 0);
}

const isInside = (root: string, runner: Runner, folder: string) =>
  allowsFolder({ ...runner, directories: [root] }, folder);

/** The folder that was used last, of those that one of these runners allows; empty where there is none. */
export function likelyFolder(recent: readonly string[], runners: readonly Runner[]): string {
  return recent.find((folder) => runners.some((runner) => allowsFolder(runner, folder))) ?? '';
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
