import {
  idPattern,
  isShortDirectory,
  isStorable,
  parseDirectory,
  type Run,
  type RunStatus,
  runStatuses,
} from '@agentfleet/contract';
import type { RunsFilter } from '../transport/transport.js';

/** What the list is narrowed by, as the address has it. Empty text is no filter. */
export interface SessionFilter {
  status: readonly RunStatus[];
  runnerId: string;
  cwd: string;
  label: string;
  q: string;
  /** Only those with a tool that waits for a person. */
  waiting: boolean;
  /** Whether the sessions of a thread stand together. */
  byThread: boolean;
}

/** The statuses of a session that is not over. */
export const activeStatuses: readonly RunStatus[] = ['QUEUED', 'CLAIMED', 'RUNNING'];

/** Reads the address; what it cannot mean is left out, so that an old or mistyped link still shows sessions. */
export function readFilter(search: URLSearchParams): SessionFilter {
  const asked = (search.get('status') ?? '').split(',');
  return {
    status: runStatuses.filter((status) => asked.includes(status)),
    runnerId: readText(search.get('runnerId'), (text) => idPattern('run_').test(text)),
    cwd: readText(search.get('cwd'), isDirectory),
    label: readText((search.get('label') ?? '').trim(), (text) => text.length <= 100),
    q: (search.get('q') ?? '').slice(0, 200),
    waiting: search.get('waiting') === 'true',
    byThread: search.get('group') === 'thread',
  };
}

/** Empty where it cannot be meant. */
const readText = (text: string | null, fits: (text: string) => boolean) =>
  text !== null && isStorable(text) && fits(text) ? text : '';
const isDirectory = (text: string) => parseDirectory(text) !== undefined && isShortDirectory(text);

/** The address of a filter; `readFilter` reads it back. */
export function writeFilter({
  status,
  runnerId,
  cwd,
  label,
  q,
  waiting,
  byThread,
}: SessionFilter): URLSearchParams {
  const search = new URLSearchParams();
  if (status.length > 0) search.set('status', status.join(','));
  if (runnerId) search.set('runnerId', runnerId);
  if (cwd) search.set('cwd', cwd);
  if (label) search.set('label', label);
  if (q.trim()) search.set('q', q);
  if (waiting) search.set('waiting', 'true');
  if (byThread) search.set('group', 'thread');
  return search;
}

/** What the server is asked. */
export function toRunsFilter({ status, runnerId, cwd, label, q, waiting }: SessionFilter): RunsFilter {
  return {
    ...(status.length > 0 ? { status } : {}),
    ...(runnerId ? { runnerId } : {}),
    ...(cwd ? { cwd } : {}),
    ...(label ? { label } : {}),
    ...(q.trim() ? { q: q.trim() } : {}),
    ...(waiting ? { waiting } : {}),
  };
}

/** Whether a session is one of those, as far as what changes by itself decides. */
export function fits({ status, waiting }: SessionFilter, run: Run): boolean {
  return (status.length === 0 || status.includes(run.status)) && (!waiting || run.approvalsWaiting > 0);
}

/** Whether anything is left out of the list. */
export function isNarrowed({ status, runnerId, cwd, label, q, waiting }: SessionFilter): boolean {
  return status.length > 0 || waiting || `${runnerId}${cwd}${label}${q.trim()}` !== '';
}
