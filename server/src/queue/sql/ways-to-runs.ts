import { parseDirectory, type RunsQuery } from '@agentfleet/contract';
import { isOne } from '../../db/is-one.js';

/** Takes a value, and gives the parameter that stands for it. */
export type Bind = (value: unknown) => string;

/** A look at runs that reads them in order of id through an index, or few of them. */
export interface Arm {
  from: string;
  /** What it takes from there besides, to look at `runs r`. */
  join?: string;
  where: string;
  /** SQL of the id. */
  id: string;
  /** SQL of the column that the index begins with, which has one value here. */
  lead: string;
  /** What it has to look at in the row, since `where` does not say that the run is of the org. */
  check?: string;
  /** It looks once for each of so many rows. */
  each?: { from: string; many: number };
  /** What it looks at are few, so that all of them may be. */
  isShort?: boolean;
}

/** How the runs are found that a query asks for. */
interface Ways {
  /** Together they have every run that may fit, each once. */
  arms: Arm[];
  /** What a run has to be. */
  conditions: string[];
  /** Whether what the arms lead to may be something else than what is asked for. */
  isLoose: boolean;
  /** Another one for every other set of statements. */
  name: string;
}

/** Most directories below one that are looked at one by one. */
export const mostFolders = 200;

export const hasEnded = `r.status IN ('SUCCEEDED', 'FAILED', 'CANCELLED')`;

/** The filters of a query by a letter each, in the order in which they lead: the first one that is given and can. */
const order = ['i', 'w', 'u', 't', 'l', 'd', 'r', 's', 'q'] as const;
type Letter = (typeof order)[number];

/**
 * The filter that narrows most leads, by an index that has its runs in order of id; all are held against their rows.
 * @param folders keys of the directories that have ended runs and are asked for; undefined where they are not known
 * @param org SQL of the org's id
 */
export function waysTo(query: RunsQuery, folders: string[] | undefined, org: string, bind: Bind): Ways {
  const given = new Map<Letter, { condition: string; arms?: () => Arm[] }>();
  const { ids, status, runnerId, label, threadId, cwd, waiting, q } = query;
  const runs = (where: string, more: Partial<Arm> = {}): Arm => ({
    from: 'runs r',
    where,
    id: 'r.id',
    lead: 'r.org_id',
    ...more,
  });
  const inOrg = isOne('r.org_id', org);
  // Not searched by: what is found by another index is held against it (db/plan-once.ts).
  const check = `r.org_id IS NOT DISTINCT FROM ${org}`;
  const queued = runs(`r.org_id = ${org} AND r.status = 'QUEUED'`, { isShort: true });
  const activeAs = (...names: string[]) =>
    runs(`r.org_id = ${org} AND r.status IN (${names.map((name) => `'${name}'`).join(', ')})`, {
      isShort: true,
    });
  const active = activeAs('CLAIMED', 'RUNNING');

  if (ids) {
    const condition = `r.id = ANY (${bind(ids)}::text[])`;
    given.set('i', { condition, arms: () => [runs(condition, { isShort: true, check })] });
  }
  // Of a run that is over the count may still stand.
  if (waiting)
    given.set('w', { condition: `r.status = 'RUNNING' AND r.approvals_waiting > 0`, arms: () => [active] });
  if (status) {
    // Not as a value: an index of one status is found by its name.
    const condition = `r.status IN (${[...new Set(status)].map((name) => `'${name}'`).join(', ')})`;
    const one = (name: string) => status.some((each) => each === name);
    const running = ['CLAIMED', 'RUNNING'].filter(one);
    const unended = [
      ...(one('QUEUED') ? [queued] : []),
      ...(running.length > 0 ? [activeAs(...running)] : []),
    ];
    const failed = (['FAILED', 'CANCELLED'] as const)
      .filter(one)
      .map((name) => runs(`${inOrg} AND r.status = '${name}'`));
    if (one('SUCCEEDED')) given.set('s', { condition });
    else if (failed.length > 0) given.set('s', { condition, arms: () => [...failed, ...unended] });
    else given.set('u', { condition, arms: () => unended });
  }
  if (threadId) {
    // A thread is named after its first run, and only follow-ups are indexed by it.
    const id = bind(threadId);
    const follows = `r.thread_id = ${id} AND r.parent_run_id IS NOT NULL`;
    given.set('t', {
      condition: `(r.id = ${id} OR (${follows}))`,
      arms: () => [
        runs(`r.id = ${id}`, { isShort: true, check }),
        runs(`${follows} AND r.id <> ${id}`, { lead: 'r.thread_id', check }),
      ],
    });
  }
  if (label) {
    const value = bind(label);
    const arm: Arm = {
      from: 'run_labels l',
      join: 'JOIN runs r ON r.id = l.run_id',
      where: `${isOne('l.org_id', org)} AND l.label = ${value}`,
      id: 'l.run_id',
      lead: 'l.org_id',
      check,
    };
    given.set('l', { condition: `${value} = ANY (r.labels)`, arms: () => [arm] });
  }
  if (cwd) {
    const { key, below } = keysOf(cwd);
    const condition = `(r.cwd_key = ${bind(key)} OR r.cwd_key LIKE ${bind(`${literal(below)}%`)})`;
    const ofFolders = (keys: string[]) =>
      runs(`${inOrg} AND r.cwd_key = folder.key AND ${hasEnded}`, {
        each: { from: `unnest(${bind(keys)}::text[]) folder(key)`, many: keys.length },
      });
    given.set('d', { condition, ...(folders && { arms: () => [ofFolders(folders), queued, active] }) });
  }
  if (runnerId) {
    const id = bind(runnerId);
    const ended = runs(`${isOne('r.runner_id', id)} AND ${hasEnded}`, { lead: 'r.runner_id', check });
    given.set('r', { condition: `r.runner_id = ${id}`, arms: () => [ended, queued, active] });
  }
  if (q) given.set('q', { condition: says(bind(`%${literal(q)}%`)) });

  const letters = order.filter((letter) => given.has(letter));
  const lead = letters.find((letter) => given.get(letter)?.arms);
  const arms = (lead && given.get(lead)?.arms?.()) ?? [runs(inOrg)];
  return {
    arms,
    // What the planner is told twice it takes for rare; a list of statuses keeps it from reading by id.
    conditions: letters.flatMap((letter) =>
      letter === lead && (letter === 's' || letter === 'u') ? [] : (given.get(letter)?.condition ?? []),
    ),
    isLoose: letters.some((letter) => letter !== lead) && arms.some(({ isShort }) => !isShort),
    name: `${letters.join('')}-${lead ?? ''}${[...new Set(status)].sort().join()}`,
  };
}

/** Where the folder of a key and those below it lie: `below` is what the keys of these begin with. */
export function keysOf(cwd: string): { key: string; below: string } {
  const key = parseDirectory(cwd)?.key ?? cwd;
  return { key, below: key.endsWith('/') ? key : `${key}/` };
}

const says = (pattern: string) => `(r.input ILIKE ${pattern} OR r.result ILIKE ${pattern})`;

/** Three characters mean something to LIKE. */
const literal = (text: string) => text.replace(/[\\%_]/g, '\\$&');
