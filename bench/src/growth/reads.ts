import { keepUsage, openDatabase, startTestPostgres } from '@agentfleet/server';
import pg from 'pg';
import { type Row, relative } from '../report.js';
import { type ServerProcess, startServerProcess } from '../server-process.js';
import { timed } from '../session.js';
import { freshDatabase } from '../sql.js';
import { median } from '../statistics.js';
import { type Ask, asksOf } from './asks.js';
import { type History, makeHistory, type Size } from './history.js';

/** The fleet is as large: it is the history that grows. */
const small: Size = { runs: 1_000, eventsPerRun: 5, approvals: 200, runners: 2_000 };
const large: Size = { runs: 1_000_000, eventsPerRun: 5, approvals: 200_000, runners: 2_000 };
const rounds = 9;
/** ms. */
const most = 50;

interface Side {
  server: ServerProcess;
  keys: History;
  asks: Ask[];
}

/** What every GET route takes, with each of its filters, after 1,000 runs and after 1,000,000. */
export async function* reads(): AsyncGenerator<Row> {
  const postgres = await startTestPostgres();
  const sides: Side[] = [];
  try {
    for (const size of [small, large]) sides.push(await sideOf(await freshDatabase(postgres.url), size));
    const [few, many] = sides;
    if (!few || !many) throw new Error('There are two sides');
    for (const [index, { by, path }] of many.asks.entries()) {
      const ask = few.asks[index];
      if (!ask) throw new Error(`Only one side asks ${path}`);
      const times = { ours: [] as number[], peer: [] as number[] };
      for (let round = 0; round < rounds; round += 1) {
        times.peer.push(await timed(() => get(few, ask)));
        times.ours.push(await timed(() => get(many, { by, path })));
      }
      const figures = { ours: median(times.ours), peer: median(times.peer) };
      const row = relative(`GET ${path.slice(0, 90)} as ${by}, beside 1,000 runs`, 'ms', figures, '<=', 2);
      yield { ...row, goal: `${row.goal}, <= ${most} ms`, ok: row.ok && figures.ours <= most };
    }
  } finally {
    for (const { server } of sides) await server.stop();
    await postgres.stop();
  }
}

async function sideOf(databaseUrl: string, size: Size): Promise<Side> {
  const database = await openDatabase({ url: databaseUrl, dataDir: null, poolSize: 1 });
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const keys = await makeHistory(client, size);
    // As a server does by and by.
    await keepUsage(database, new AbortController().signal);
    const asks = await asksOf(client);
    return { server: await startServerProcess({ databaseUrl, key: keys.busy }), keys, asks };
  } finally {
    await client.end();
    await database.close();
  }
}

async function get({ server, keys }: Side, { by, path }: Ask): Promise<void> {
  const answer = await fetch(`${server.api.url}/api/v1${path}`, {
    headers: { authorization: `Bearer ${keys[by]}` },
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${text}`);
}
