import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Api } from './api.js';
import { now } from './load/clock.js';
import { BusyRunner } from './load/runner.js';
import { startViewers } from './load/viewers-process.js';
import { type ProcessorTimes, processorTimes } from './processor-times.js';
import { absolute, type Row } from './report.js';
import { type ServerProcess, startServerProcess } from './server-process.js';
import { eventOf } from './sessions.js';
import { quantile } from './statistics.js';

/** Runners there are, one after the other; each has a session, an open claim and a heartbeat every 10 s. */
const fleets = [100, 400, 1_600];
const viewers = 400;
/** For how long each thing is looked at, ms. */
const lookMs = 10_000;
/** Requests to append a second, until they are not taken as fast as they come. */
const paces = [200, 400, 800, 1_600];
/** Runners that register at once: more would be a storm, which is another question. */
const atOnce = 8;

/** What a second of something costs. */
interface Cost extends ProcessorTimes {
  walBytes: number;
  /** Of PostgreSQL, in the end. */
  connections: number;
  seconds: number;
}

/**
 * One server and its PostgreSQL under fleets that grow: what a runner costs that does nothing, what an append and an event to a viewer do,
 * and where one server bends. docs/scale.md goes on from these figures. Processor time is counted, so that what else this machine does
 * matters little; without Linux there is none.
 */
export async function* scale(): AsyncGenerator<Row> {
  const server = await startServerProcess();
  const client = new pg.Client({ connectionString: server.databaseUrl });
  // When it is ended in the middle, PostgreSQL goes first.
  client.on('error', () => undefined);
  await client.connect();
  const fleet: BusyRunner[] = [];
  const seqs: number[] = [];
  try {
    const costs: [runners: number, cost: Cost][] = [];
    for (const size of fleets) {
      await grow(server.api, fleet, size);
      for (let index = seqs.length; index < size; index += 1) seqs.push(0);
      await delay(5_000);
      const cost = await costOf(client, () => delay(lookMs));
      if (!cost) return console.log('      Without /proc no processor time can be counted.');
      costs.push([size, cost]);
      tell(`${size} runners at rest`, cost, size);
    }
    const [few, many] = [costs[0], costs.at(-1)];
    if (!few || !many) return;
    const each = (pick: (cost: Cost) => number) =>
      (pick(many[1]) / many[1].seconds - pick(few[1]) / few[1].seconds) / (many[0] - few[0]);
    yield absolute(
      'a runner at rest: server',
      'ms/s',
      each(({ server }) => server),
      '<=',
      1,
    );
    yield absolute(
      'a runner at rest: PostgreSQL',
      'ms/s',
      each(({ postgres }) => postgres),
      '<=',
      1,
    );
    yield absolute(
      'a runner at rest: WAL',
      'B/s',
      each(({ walBytes }) => walBytes),
      '<=',
      300,
    );
    yield absolute(`connections to PostgreSQL, ${many[0]} runners`, '', many[1].connections, '<=', 40);

    const rest = many[1];
    for (const batch of [1, 10]) {
      const sent = { requests: 0, late: [] as number[] };
      const cost = await costOf(client, () => appendAt(server.api, fleet, seqs, { pace: 100, batch }, sent));
      if (!cost) return;
      const one = (pick: (cost: Cost) => number) =>
        (pick(cost) - (pick(rest) / rest.seconds) * cost.seconds) / sent.requests;
      const what = batch === 1 ? 'an append of one event' : `an append of ${batch} events`;
      yield absolute(
        `${what}: server`,
        'ms',
        one(({ server }) => server),
        '<=',
        2.5,
      );
      yield absolute(
        `${what}: PostgreSQL`,
        'ms',
        one(({ postgres }) => postgres),
        '<=',
        2,
      );
      yield absolute(
        `${what}: WAL`,
        'B',
        one(({ walBytes }) => walBytes),
        '<=',
        batch === 1 ? 2_500 : 12_000,
      );
    }

    const shown = await costOfViewers(server, fleet.slice(0, 100), seqs);
    if (shown !== undefined) yield absolute('an event to a viewer: server', 'ms', shown, '<=', 0.5);

    for (const pace of paces) {
      const sent = { requests: 0, late: [] as number[] };
      const cost = await costOf(client, () => appendAt(server.api, fleet, seqs, { pace, batch: 1 }, sent));
      if (!cost) return;
      const taken = sent.requests / cost.seconds;
      const p99 = quantile(sent.late, 0.99);
      tell(
        `${pace} appends a second: ${taken.toFixed(0)} taken, p99 ${p99.toFixed(0)} ms`,
        cost,
        fleet.length,
      );
      if (taken < 0.9 * pace) {
        yield absolute(`appends a second where it bends, ${fleet.length} runners`, '1/s', taken, '>=', 200);
        return;
      }
    }
  } finally {
    for (const runner of fleet) runner.stop();
    await client.end();
    await server.stop();
  }
}

/** Processor time of the server for an event to a viewer more, ms: the same appends are made without viewers and with them. */
async function costOfViewers(
  server: ServerProcess,
  fleet: readonly BusyRunner[],
  seqs: number[],
): Promise<number | undefined> {
  const spent = async () => {
    const before = await server.processorMs();
    await appendAt(server.api, fleet, seqs, { pace: 50, batch: 1 }, { requests: 0, late: [] });
    const after = await server.processorMs();
    return before === undefined || after === undefined ? undefined : after - before;
  };
  const alone = await spent();
  const runIds = fleet.map(({ session }) => session.id);
  const watching = await startViewers(server.api, runIds, viewers);
  // What was there before they came.
  await delay(5_000);
  const before = seqs.slice(0, fleet.length);
  const watched = await spent();
  const { byRun } = await watching.finish(seqs.slice(0, fleet.length));
  const events = byRun.flatMap((seen, run) => seen.filter(([seq]) => seq > (before[run] ?? 0))).length;
  return alone === undefined || watched === undefined ? undefined : (watched - alone) / events;
}

async function grow(api: Api, fleet: BusyRunner[], size: number): Promise<void> {
  const missing = Array.from({ length: size - fleet.length }, (_one, index) => fleet.length + index);
  const begin = async () => {
    for (let index = missing.pop(); index !== undefined; index = missing.pop())
      fleet.push(await BusyRunner.start(api, `scale-${index}`));
  };
  await Promise.all(Array.from({ length: atOnce }, begin));
}

async function costOf(client: pg.Client, work: () => Promise<unknown>): Promise<Cost | undefined> {
  const wal = async () =>
    Number((await client.query("SELECT pg_current_wal_insert_lsn() - '0/0' AS at")).rows[0]?.at);
  const [before, walBefore, began] = [await processorTimes(), await wal(), now()];
  await work();
  const [after, walBytes] = [await processorTimes(), (await wal()) - walBefore];
  if (!before || !after) return undefined;
  const { rows } = await client.query(
    `SELECT count(*)::int AS count FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
  );
  return {
    client: after.client - before.client,
    server: after.server - before.server,
    postgres: after.postgres - before.postgres,
    walBytes,
    connections: rows[0]?.count ?? 0,
    seconds: (now() - began) / 1_000,
  };
}

/** Appends to the sessions in turns for a while, whether or not the one before has ended; a session's own wait for one another. */
async function appendAt(
  api: Api,
  fleet: readonly BusyRunner[],
  seqs: number[],
  { pace, batch }: { pace: number; batch: number },
  sent: { requests: number; late: number[] },
): Promise<void> {
  const before: Promise<unknown>[] = [];
  const began = now();
  const count = Math.round((pace * lookMs) / 1_000);
  for (let n = 0; n < count; n += 1) {
    const at = began + (n / pace) * 1_000;
    if (at > now()) await delay(at - now());
    const index = n % fleet.length;
    const { session } = fleet[index] ?? {};
    if (!session) return;
    const append = async () => {
      await before[index];
      const first = (seqs[index] ?? 0) + 1;
      seqs[index] = first + batch - 1;
      const events = Array.from({ length: batch }, (_one, more) => eventOf(first + more));
      const due = now();
      await api.post(`/runs/${session.id}/events`, { token: session.token, events });
      sent.requests += 1;
      sent.late.push(now() - due);
    };
    before[index] = append();
  }
  await Promise.all(before);
}

function tell(
  what: string,
  { server, postgres, walBytes, connections, seconds }: Cost,
  runners: number,
): void {
  const share = (ms: number) => `${(ms / seconds / 10).toFixed(1)} %`;
  console.log(
    `      ${what} (${runners} runners): server ${share(server)} of a processor, PostgreSQL ${share(postgres)}, WAL ${(walBytes / seconds / 1_000).toFixed(1)} KB/s, ${connections} connections`,
  );
}
