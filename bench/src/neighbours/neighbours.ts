import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { Api } from '../api.js';
import { keyOf, makeOrg } from '../orgs.js';
import { type ProcessorTimes, processorTimes } from '../processor-times.js';
import { type Row, relative } from '../report.js';
import { startServerProcess } from '../server-process.js';
import { median, quantile } from '../statistics.js';
import { HonestOrg, noWaits, type Waits } from './honest.js';
import { startLoud } from './loud-process.js';

/** How long a server that has just started is warmed up, each of the two quiet times lasts, and the loud one between them, ms. */
const rehearsalMs = 10_000;
const quietMs = 20_000;
const loudMs = 40_000;
/** Sessions that the loud org has queued, each in a directory of its own. */
const queued = 100_000;
const flood = { sessions: 100, eventsPerSec: 1_000, searches: 25, launches: 4 };

const whats: Record<keyof Waits, string> = {
  list: 'a page of the list',
  get: 'a session by its id',
  session: 'POST, claim, append and finish',
  event: 'an append to its viewer',
};

/**
 * What an org waits for while another one floods the same server: its 99th percentile beside that of its own quiet times before and
 * after, in one run. The server, PostgreSQL and both orgs share the machine: where the processor is at its end, all of them wait for it.
 */
export async function* neighbours(): AsyncGenerator<Row> {
  const server = await startServerProcess();
  const client = new pg.Client({ connectionString: server.databaseUrl });
  // When it is ended in the middle, PostgreSQL goes first.
  client.on('error', () => undefined);
  await client.connect();
  let honest: HonestOrg | undefined;
  try {
    honest = await HonestOrg.start(server.api);
    const loudOrg = await makeOrg(client);
    const loudApi = new Api(server.api.url, await keyOf(client, loudOrg));
    await honest.work(rehearsalMs);
    const quiet = noWaits();
    add(quiet, await told('quiet', quietMs, honest));

    await fill(client, loudOrg);
    const loud = await startLoud({ ...flood, url: loudApi.url, key: loudApi.key });
    await delay(5_000);
    const beside = await told('loud', loudMs, honest);
    const { events, appends, searches, launches, refused } = await loud.finish();
    const perSec = (count: number) => (count / (loudMs + 5_000)) * 1_000;
    console.log(
      `      the loud org, a second: ${perSec(events).toFixed(0)} events in ${perSec(appends).toFixed(0)} appends, ${perSec(searches).toFixed(0)} searches, ${perSec(launches).toFixed(0)} launches; ${refused} refused`,
    );
    await delay(3_000);
    add(quiet, await told('quiet again', quietMs, honest));

    for (const [what, name] of Object.entries(whats) as [keyof Waits, string][]) {
      const figures = { ours: quantile(beside[what], 0.99), peer: quantile(quiet[what], 0.99) };
      yield relative(`beside a loud org: ${name}, p99`, 'ms', figures, '<=', 2);
    }
  } finally {
    honest?.stop();
    await client.end();
    await server.stop();
  }
}

/** The honest org at work, with what it met, and what the processor did. */
async function told(name: string, ms: number, org: HonestOrg): Promise<Waits> {
  const before = await processorTimes();
  const waits = await org.work(ms);
  const after = await processorTimes();
  const figures = Object.values(waits).map(
    (times) => `${median(times).toFixed(1)} / ${quantile(times, 0.99).toFixed(1)} (${times.length})`,
  );
  console.log(
    `      ${name}: ${Object.keys(waits).join(', ')}: median / p99, ms (samples): ${figures.join(', ')}`,
  );
  if (before && after) {
    const share = (pick: keyof ProcessorTimes) =>
      `${(((after[pick] - before[pick]) / ms) * 100).toFixed(0)} %`;
    console.log(
      `      of a processor: server and the loud org ${share('server')}, PostgreSQL ${share('postgres')}, who measures ${share('client')}`,
    );
  }
  return waits;
}

function add(to: Waits, more: Waits): void {
  for (const what of Object.keys(to) as (keyof Waits)[]) to[what].push(...more[what]);
}

/** Puts them into the queue of the org, in directories that none of its runners has. */
async function fill(client: pg.Client, orgId: string): Promise<void> {
  await client.query(
    `INSERT INTO runs (id, org_id, status, input, cwd, cwd_key, permission_mode, labels, thread_id, lane)
     SELECT made.id, $1, 'QUEUED', 'one of very many', '/elsewhere/' || n, '/elsewhere/' || n, 'default', '{}', made.id,
       '*|/elsewhere/' || n || '|default|alone'
     FROM generate_series(1, $2::int) n,
       LATERAL (SELECT 'clr' || lpad(n::text, 12, '0') || substr(md5(n::text), 1, 8) AS id) made`,
    [orgId, queued],
  );
  await client.query('ANALYZE runs');
}
