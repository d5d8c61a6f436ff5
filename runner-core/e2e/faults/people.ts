import { setTimeout as delay } from 'node:timers/promises';
import type { Event, Run } from '@agentfleet/contract';
import type { FaultFleet } from './fault-fleet.js';
import { approvalSec, type PlannedRun } from './plan.js';

/** How long a stream is followed before it is opened anew, ms. */
const streamMs = 3_000;
/** Wait before the next try, ms. */
const againMs = 60;

/** What became of a planned run at the hands of those who posted and watched it. */
export interface Told {
  tag: string;
  /** Its prompt, by which it is found. */
  input: string;
  /** As the API answered the POST; undefined when it refused. */
  run: Run | undefined;
  /** Why it was refused. */
  refusal: string | undefined;
  parentTag: string | undefined;
  cancelled: boolean;
  /** The log as a watcher got it; undefined when nobody watched. */
  seen: Event[] | undefined;
}

/** A watcher of a log, and where it is. */
export interface Watching {
  runId: string;
  ended: Promise<void>;
  /** What its newest connection came to, e.g. `3 events after 4, the end`. */
  newest: string;
}

/** Posts, follows up, cancels and watches one planned run, each call repeated until it is answered. */
export async function look(
  fleet: FaultFleet,
  planned: PlannedRun,
  runnerIds: readonly string[],
  began: number,
  /** Aborts when no more will happen: watchers then read to the end. */
  settled: AbortSignal,
): Promise<{ posted: Promise<Told[]>; watching: Watching | undefined }> {
  await until(began + planned.at);
  const { tag, runner, cancelAt } = planned;
  const input = JSON.stringify({ tag, ...planned.script });
  const posted = await post(fleet, '/runs', tag, {
    prompt: input,
    cwd: fleet.directories[planned.directory],
    sharedCwd: planned.sharedCwd,
    priority: planned.priority,
    approvalSec,
    retry: { maxAttempts: planned.maxAttempts },
    ...(planned.timeoutSec !== undefined && { timeoutSec: planned.timeoutSec }),
    ...(runner !== undefined && { runnerId: runnerIds[runner] }),
  });
  const told: Told = {
    tag,
    input,
    ...posted,
    parentTag: undefined,
    cancelled: cancelAt !== undefined,
    seen: undefined,
  };
  const { run } = posted;
  if (!run) return { posted: Promise.resolve([told]), watching: undefined };
  if (planned.watched) told.seen = [];
  const followUps = async () => {
    const children: Told[] = [];
    for (const child of planned.followUps) {
      const text = JSON.stringify({ tag: child.tag, ...child.script });
      const answer = await post(fleet, `/runs/${run.id}/followup`, child.tag, { prompt: text });
      children.push({
        ...told,
        tag: child.tag,
        input: text,
        ...answer,
        parentTag: tag,
        cancelled: false,
        seen: undefined,
      });
    }
    return children;
  };
  const cancel = async () => {
    if (cancelAt === undefined) return;
    await until(began + cancelAt);
    const { status, text } = await insist(fleet, 'POST', `/runs/${run.id}/cancel`, {}, undefined);
    if (status >= 300 && !text.includes('RUN_FINISHED'))
      fleet.troubles.push(`a cancellation: ${status} ${text}`);
  };
  const rest = Promise.all([followUps(), cancel()]);
  return {
    posted: rest.then(([children]) => [told, ...children]),
    watching: told.seen && watch(fleet, run.id, told.seen, settled),
  };
}

async function post(fleet: FaultFleet, path: string, key: string, body: unknown) {
  const { status, text } = await insist(fleet, 'POST', path, { 'idempotency-key': key }, body);
  return status < 300
    ? { run: JSON.parse(text) as Run, refusal: undefined }
    : { run: undefined, refusal: text };
}

/** Repeats a call until it is answered for good; what the server or the network broke is no answer. */
export async function insist(
  { plane }: Pick<FaultFleet, 'plane'>,
  method: string,
  path: string,
  headers: Record<string, string>,
  body: unknown,
): Promise<{ status: number; text: string }> {
  for (;;) {
    // The network: again.
    const answer = await plane.send(method, `/api/v1${path}`, { headers, body }).catch(() => undefined);
    if (answer && answer.status < 500 && !answer.text.includes('IDEMPOTENCY_KEY_IN_USE')) return answer;
    await delay(againMs);
  }
}

/** Follows a log as a browser does, from where the last stream broke off, until all is settled and the log has ended. */
function watch(fleet: FaultFleet, runId: string, seen: Event[], settled: AbortSignal): Watching {
  const watching: Watching = { runId, ended: Promise.resolve(), newest: 'not asked yet' };
  const follow = async () => {
    for (;;) {
      // A stream that begins when nothing happens any more brings everything that there is.
      const isLast = settled.aborted;
      const before = seen.length;
      watching.newest += ', asked again';
      const came = await streamOnce(fleet, runId, seen).catch(String);
      watching.newest = `${seen.length - before} events after ${before}, ${came}`;
      if (came === theEnd && isLast) return;
      await delay(came === theEnd ? againMs * 2 : againMs);
    }
  };
  watching.ended = follow();
  return watching;
}

const theEnd = 'the end';

/** @returns how the connection ended */
async function streamOnce(fleet: FaultFleet, runId: string, seen: Event[]): Promise<string> {
  const overdue = new AbortController();
  const timer = setTimeout(() => overdue.abort(), streamMs);
  const headers = { accept: 'text/event-stream', 'last-event-id': String(seen.at(-1)?.seq ?? 0) };
  try {
    const path = `/api/v1/runs/${runId}/events`;
    const response = await fleet.plane.open('GET', path, { headers, signal: overdue.signal });
    if (response.statusCode !== 200) return `answered ${response.statusCode}`;
    let rest = '';
    for await (const chunk of response.setEncoding('utf8')) {
      const frames = (rest + chunk).split('\n\n');
      rest = frames.pop() ?? '';
      for (const frame of frames) {
        const data = /^data: (.*)$/m.exec(frame)?.[1];
        if (data === undefined) continue;
        if (/^event: end$/m.test(frame)) return theEnd;
        seen.push(JSON.parse(data) as Event);
      }
    }
    return 'closed';
  } finally {
    clearTimeout(timer);
    // The connection too: it is not read to its end.
    overdue.abort();
  }
}

async function until(moment: number): Promise<void> {
  await delay(Math.max(0, moment - performance.now()));
}
