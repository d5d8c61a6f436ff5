import {
  atNothing,
  type Counter,
  type Figures,
  FiguresOfProcess,
  type JsonObject,
  sumFigures,
} from '@agentfleet/contract';
import type { Queryable } from '../db/database.js';
import { type CountedRun, countedRuns, runsBefore, type Said, saidOfFigures } from './sql/recount-runs.js';

/** Most runs that are looked at to find where the counter of a session stood. */
const mostBefore = 500;

/** What a run's log says of its figures. Where that is nothing there is no such row. */
export interface Recounted {
  id: string;
  stored: Figures;
  /** Undefined where the log does not tell; `why` is then a sentence for people. */
  counted: Figures | undefined;
  why: string;
}

/**
 * Counts runs that have ended again, from the messages of Claude Code in their logs, with the rule by which runners count:
 * docs/decisions/0017. Unlike a runner it counts all attempts of a run.
 */
export async function recountRuns(database: Queryable, ids: string[]): Promise<Recounted[]> {
  const runs = await database.query<CountedRun>(countedRuns, [ids]);
  const logs = await logsOf(database, runs);
  const counted: Recounted[] = [];
  for (const run of runs) {
    const log = logs.get(run.id) ?? [];
    const stored = { numTurns: run.num_turns, costUsd: run.cost_usd, usage: run.usage };
    const knows = (figures: Figures | undefined, why = '') =>
      counted.push({ id: run.id, stored, counted: figures, why });
    if (run.pruned) {
      // The first of a thread had nothing before it that could have been counted with it.
      if (run.resumed !== null && run.cost_usd !== null) knows(undefined, 'its events are no longer there');
    } else if (log.length > 0) {
      const figures = await count(database, run, log);
      if (figures) knows(figures);
      else knows(undefined, 'nothing tells what its session had used before');
    }
  }
  return counted;
}

type Log = Said[];

async function logsOf(database: Queryable, runs: CountedRun[]): Promise<Map<string, Log>> {
  const logs = new Map<string, Log>();
  for (const said of await database.query<Said>(saidOfFigures, [runs.map(({ id }) => id)])) {
    const log = logs.get(said.run_id);
    if (log) log.push(said);
    else logs.set(said.run_id, [said]);
  }
  // A session that gave no result has no figures.
  for (const [id, log] of logs) if (!log.some(({ message }) => message.type === 'result')) logs.delete(id);
  return logs;
}

/** All processes of a run; undefined where one of them cannot be told. */
async function count(database: Queryable, run: CountedRun, log: Log): Promise<Figures | undefined> {
  const processes = processesOf(run, log);
  const figures: Figures[] = [];
  for (const [index, messages] of processes.entries()) {
    let process = read(messages, run.resumed, run.resumed === null ? atNothing : undefined);
    if (process.isUnknown) {
      const earlier = processes.slice(0, index);
      const before = await counterBefore(database, run, earlier);
      if (!before) return undefined;
      process = read(messages, run.resumed, before);
    }
    figures.push(process.figures);
  }
  return figures.reduce(sumFigures);
}

function read(messages: JsonObject[], resumed: string | null, before?: Counter): FiguresOfProcess {
  const process = new FiguresOfProcess(undefined, before, resumed ?? undefined);
  for (const message of messages) process.read(message);
  return process;
}

/** The messages of each attempt's process, oldest first; those that gave no result are left out. */
function processesOf({ first_seqs }: CountedRun, log: Log): JsonObject[][] {
  const firsts = [...first_seqs].sort((one, other) => one - other);
  const processes = firsts.map((first, index) => {
    const end = firsts[index + 1] ?? Number.POSITIVE_INFINITY;
    return log.filter(({ seq }) => seq >= first && seq < end).map(({ message }) => message);
  });
  return processes.filter((messages) => messages.some(isResult));
}

/**
 * Where the counter stood when a run resumed its session: where the run before it that used the session left it. That
 * one wrote it down if it ended by itself; undefined where that is not certain.
 */
async function counterBefore(
  database: Queryable,
  { resumed, thread_id, queue_order }: CountedRun,
  earlier: JsonObject[][],
): Promise<Counter | undefined> {
  if (resumed === null || earlier.some((messages) => uses(messages, resumed))) return undefined;
  const runs = await database.query<CountedRun>(runsBefore, [thread_id, queue_order, mostBefore]);
  for (const before of runs) {
    if (before.pruned) return undefined;
    const log = (await logsOf(database, [before])).get(before.id) ?? [];
    for (const messages of processesOf(before, log).reverse()) {
      if (!uses(messages, resumed)) continue;
      const { counter } = read(messages, before.resumed);
      if (counter) return before.status === 'SUCCEEDED' ? counter : undefined;
    }
  }
  return runs.length < mostBefore ? atNothing : undefined;
}

const isResult = ({ type }: JsonObject) => type === 'result';

function uses(messages: JsonObject[], sessionId: string): boolean {
  return messages.some((message) => isResult(message) && message.session_id === sessionId);
}
