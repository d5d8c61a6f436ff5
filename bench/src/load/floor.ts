// The process behind floor-process.ts: the least that a server of this shape does. One statement stores a run, one takes it, one
// appends; an emitter wakes who waits. There are no keys, schemas, lanes, leases, limits or other servers.
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import pg from 'pg';

const tables = `
CREATE TABLE runs (id bigserial PRIMARY KEY, pinned_to text, status text NOT NULL DEFAULT 'QUEUED', runner_id text, body jsonb);
CREATE INDEX ON runs (id) WHERE status = 'QUEUED';
CREATE TABLE events (run_id bigint, seq bigint, body jsonb, PRIMARY KEY (run_id, seq));`;
const store = {
  name: 'store',
  text: 'INSERT INTO runs (pinned_to, body) VALUES ($1, $2) RETURNING id',
};
const take = {
  name: 'take',
  text: `
UPDATE runs SET status = 'CLAIMED', runner_id = $1 WHERE id = (
  SELECT id FROM runs WHERE status = 'QUEUED' AND (pinned_to IS NULL OR pinned_to = $1) ORDER BY id LIMIT 1
  FOR UPDATE SKIP LOCKED)
RETURNING id, body`,
};
const turn = { name: 'turn', text: 'UPDATE runs SET status = $2 WHERE id = $1' };
const append = {
  name: 'append',
  text: `INSERT INTO events SELECT $1, (e ->> 'seq')::bigint, e FROM jsonb_array_elements($2) AS e`,
};

interface Body {
  runnerId?: string;
  waitSec?: number;
  events?: { seq: number }[];
}
/** Tells whether a run was taken for it. */
type Waiting = () => Promise<boolean>;

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
await pool.query(tables);
const appended = new EventEmitter().setMaxListeners(0);
/** Claims that wait, the longest first. */
const waiting = new Map<string, Waiting>();
let runners = 0;
const lag = monitorEventLoopDelay({ resolution: 10 });
lag.enable();

async function claimOf(runnerId: string, waitSec: number): Promise<object> {
  const found = async () => {
    const { rows } = await pool.query(take, [runnerId]);
    return rows.map(({ id, body }) => ({ ...body, id, token: id }));
  };
  const runs = await found();
  if (runs.length > 0 || waitSec === 0) return { runs };
  return new Promise((resolve, reject) => {
    const over = setTimeout(() => {
      waiting.delete(runnerId);
      resolve({ runs: [] });
    }, waitSec * 1_000);
    waiting.set(runnerId, async () => {
      waiting.delete(runnerId);
      clearTimeout(over);
      const taken = await found().catch(reject);
      resolve({ runs: taken ?? [] });
      return (taken ?? []).length > 0;
    });
  });
}

async function wakeOne(): Promise<void> {
  for (const [, wake] of waiting) if (await wake()) return;
}

async function answer(path: string[], body: Body): Promise<object> {
  const [what, id = '', verb] = path;
  if (what === 'runners' && id === 'register') {
    runners += 1;
    return { id: `runner-${runners}` };
  }
  if (what === 'runners' && verb === 'claim') return claimOf(id, body.waitSec ?? 0);
  if (what === 'runs' && id === '') {
    const { rows } = await pool.query(store, [body.runnerId ?? null, body]);
    if (!body.runnerId) void wakeOne();
    return rows[0];
  }
  if (what === 'runs' && verb === 'events') {
    const { events = [] } = body;
    await pool.query(append, [id, JSON.stringify(events)]);
    appended.emit(id, events);
    return { lastSeq: events.at(-1)?.seq };
  }
  if (what === 'runs') await pool.query(turn, [id, verb]);
  return {};
}

function stream(runId: string, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
  const send = (events: { seq: number }[]) => {
    for (const event of events) response.write(`id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`);
  };
  appended.on(runId, send);
  response.once('close', () => appended.off(runId, send));
}

async function bodyOf(request: IncomingMessage): Promise<Body> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return JSON.parse(text || '{}');
}

const server = createServer(async (request, response) => {
  const path = (request.url ?? '')
    .replace(/^\/api\/v1/, '')
    .split('/')
    .slice(1);
  if (path[0] === 'metrics') {
    response.end(`nodejs_eventloop_lag_max_seconds ${lag.max / 1e9}\n`);
    lag.reset();
  } else if (request.method === 'GET') stream(path[1] ?? '', response);
  else {
    const text = JSON.stringify(await answer(path, await bodyOf(request)));
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    });
    response.end(text);
  }
});
server.keepAliveTimeout = 60_000;
await once(server.listen(0, '127.0.0.1'), 'listening');
process.send?.((server.address() as { port: number }).port);
process.once('disconnect', () => process.exit());
