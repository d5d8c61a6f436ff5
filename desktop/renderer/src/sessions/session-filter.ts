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
  /** When they were launched: a `Recent`, or the days `2026-11-01..2026-11-30`, of which either may be left out. */
  when: string;
  /** Only those with a tool that waits for a person. */
  waiting: boolean;
  /** What stands together: the sessions of a thread, or those in one state. */
  group: Grouping;
}

export type Grouping = '' | 'thread' | 'state';

/** The statuses of a session that is not over. */
export const activeStatuses: readonly RunStatus[] = ['QUEUED', 'CLAIMED', 'RUNNING'];

/** The last so many days, today being one. */
export const recentDays = { today: 1, '7d': 7, '30d': 30 } as const;
type Recent = keyof typeof recentDays;

const groupings: readonly string[] = ['thread', 'state'] satisfies Grouping[];

/** Reads the address; what it cannot mean is left out, so that an old or mistyped link still shows sessions. */
export function readFilter(search: URLSearchParams): SessionFilter {
  const asked = (search.get('status') ?? '').split(',');
  const group = search.get('group') ?? '';
  const when = search.get('when') ?? '';
  return {
    status: runStatuses.filter((status) => asked.includes(status)),
    runnerId: readText(search.get('runnerId'), (text) => idPattern('run_').test(text)),
    cwd: readText(search.get('cwd'), isDirectory),
    label: readText((search.get('label') ?? '').trim(), (text) => text.length <= 100),
    q: (search.get('q') ?? '').slice(0, 200),
    when: isRecent(when) || daysOf(when) ? when : '',
    waiting: search.get('waiting') === 'true',
    group: groupings.includes(group) ? (group as Grouping) : '',
  };
}

/** Empty where it cannot be meant. */
const readText = (text: string | null, fits: (text: string) => boolean) =>
  text !== null && isStorable(text) && fits(text) ? text : '';
const isDirectory = (text: string) => parseDirectory(text) !== undefined && isShortDirectory(text);

/** The address of a filter; `readFilter` reads it back. */
export function writeFilter(filter: SessionFilter): URLSearchParams {
  const { status, runnerId, cwd, label, q, when, waiting, group } = filter;
  const search = new URLSearchParams();
  if (status.length > 0) search.set('status', status.join(','));
  if (runnerId) search.set('runnerId', runnerId);
  if (cwd) search.set('cwd', cwd);
  if (label) search.set('label', label);
  if (q.trim()) search.set('q', q);
  if (when) search.set('when', when);
  if (waiting) search.set('waiting', 'true');
  if (group) search.set('group', group);
  return search;
}

/** What the server is asked. @param now days are counted back from it, where the viewer is */
export function toRunsFilter(filter: SessionFilter, now = new Date()): RunsFilter {
  const { status, runnerId, cwd, label, q, when, waiting } = filter;
  return {
    ...(status.length > 0 ? { status } : {}),
    ...(runnerId ? { runnerId } : {}),
    ...(cwd ? { cwd } : {}),
    ...(label ? { label } : {}),
    ...(q.trim() ? { q: q.trim() } : {}),
    ...spanOf(when, now),
    ...(waiting ? { waiting } : {}),
  };
}

/** Whether a session is one of those, as far as what changes by itself decides. */
export function fits({ status, waiting }: SessionFilter, run: Run): boolean {
  return (status.length === 0 || status.includes(run.status)) && (!waiting || run.approvalsWaiting > 0);
}

/** Whether anything is left out of the list. */
export function isNarrowed({ status, runnerId, cwd, label, q, when, waiting }: SessionFilter): boolean {
  return status.length > 0 || waiting || `${runnerId}${cwd}${label}${q.trim()}${when}` !== '';
}

/** The first and the last day that are asked for, as `2026-11-30`; undefined where it is not about days. */
export function daysOf(when: string): { from: string; to: string } | undefined {
  const [, from = '', to = ''] = /^(\d{4}-\d\d-\d\d)?\.\.(\d{4}-\d\d-\d\d)?$/.exec(when) ?? [];
  const given = [from, to].filter((day) => day !== '');
  return given.length > 0 && given.every(isDay) ? { from, to } : undefined;
}

export const isRecent = (when: string): when is Recent => Object.hasOwn(recentDays, when);

const isDay = (day: string) => new Date(`${day}T00:00:00Z`).toJSON()?.startsWith(day) === true;

/** Days begin and end where the viewer is. */
export function spanOf(when: string, now: Date): Pick<RunsFilter, 'createdAfter' | 'createdBefore'> {
  if (isRecent(when)) {
    const first = new Date(now.getFullYear(), now.getMonth(), now.getDate() - (recentDays[when] - 1));
    return { createdAfter: justBefore(first) };
  }
  const days = daysOf(when);
  return {
    ...(days?.from && { createdAfter: justBefore(midnight(days.from, 0)) }),
    ...(days?.to && { createdBefore: midnight(days.to, 1).toISOString() }),
  };
}

/** What is asked for is later than an instant, so that the first of a day has to be after the ms before. */
const justBefore = (instant: Date) => new Date(instant.getTime() - 1).toISOString();

function midnight(day: string, daysLater: number): Date {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + daysLater);
}
