import type { ClaimedRun } from '@agentfleet/contract';
import pg from 'pg';
import type { Api } from './api.js';
import { KeepAliveClient, requestBytes } from './keep-alive-client.js';
import { type ProcessorTimes, processorTimes } from './processor-times.js';
import { type Row, relative } from './report.js';
import { startServerProcess } from './server-process.js';
import { eventOf, register, startSession } from './sessions.js';
import { median } from './statistics.js';

const sessions = 16;
const batches = 60;
const batchOf = 50;
/** Of each: until the server's code is as fast as it gets, and measured ones. */
const rehearsals = 3;
const rounds = 9;

/**
 * Appends over HTTP, each session waiting for its answer before the next batch, beside a raw insert of the same rows
 * with `pg` by as many connections: in turns on the same PostgreSQL, medians of the rounds. What is sent was made
 * before the clock starts. What ours does besides: HTTP, the key, zod, the attempt's token, seqs without gaps and
 * without doubles, digests and the checksum, waking viewers.
 */
export async function* log(): AsyncGenerator<Row> {
  const server = await startServerProcess();
  const pool = new pg.Pool({ connectionString: server.databaseUrl, max: sessions });
  try {
    await pool.query('CREATE TABLE raw_events (LIKE events INCLUDING INDEXES)');
    const ours: Measured[] = [];
    const peer: Measured[] = [];
    for (let round = 0; round < rehearsals + rounds; round += 1) {
      const overNetwork = await overHttp(server.api, round);
      const direct = await raw(pool, round);
      if (round < rehearsals) continue;
      ours.push(overNetwork);
      peer.push(direct);
    }
    console.log(`      processor time, µs an event: ours ${spentBy(ours)}; peer ${spentBy(peer)}`);
    yield relative(
      'append over HTTP, 16 sessions, batches of 50, beside a raw insert',
      'events/s',
      { ours: median(ours.map(({ rate }) => rate)), peer: median(peer.map(({ rate }) => rate)) },
      '>=',
      0.5,
    );
  } finally {
    await pool.end();
    await server.stop();
  }
}

async function overHttp(api: Api, round: number): Promise<Measured> {
  const runner = await register(api, `bench-${round}`, sessions);
  const runs: ClaimedRun[] = [];
  for (let session = 0; session < sessions; session += 1) runs.push(await startSession(api, runner));
  const requests = runs.map(({ id, token }) =>
    eachBatch((seqs) =>
      requestBytes(api, `/runs/${id}/events`, JSON.stringify({ token, events: seqs.map(eventOf) })),
    ),
  );
  const clients = await Promise.all(runs.map(() => KeepAliveClient.open(api.host)));
  try {
    return await measured((session, batch) =>
      (clients[session] as KeepAliveClient).send(requests[session]?.[batch] as Buffer),
    );
  } finally {
    for (const client of clients) client.close();
  }
}

async function raw(pool: pg.Pool, round: number): Promise<Measured> {
  const values = Array.from({ length: sessions }, (_item, session) =>
    eachBatch((seqs) => valuesOf(`raw-${round}-${session}`, seqs)),
  );
  return measured((session, batch) =>
    pool.query({ name: 'raw', text: insert, values: values[session]?.[batch] ?? [] }),
  );
}

function eachBatch<Result>(make: (seqs: number[]) => Result): Result[] {
  return Array.from({ length: batches }, (_item, batch) =>
    make(Array.from({ length: batchOf }, (_one, index) => batch * batchOf + index + 1)),
  );
}

interface Measured {
  /** Events a second. */
  rate: number;
  /** Processor time for each event, µs; undefined where the system does not tell. */
  spent: ProcessorTimes | undefined;
}

async function measured(append: (session: number, batch: number) => Promise<unknown>): Promise<Measured> {
  const events = sessions * batches * batchOf;
  const before = await processorTimes();
  const began = performance.now();
  await Promise.all(
    Array.from({ length: sessions }, async (_item, session) => {
      for (let batch = 0; batch < batches; batch += 1) await append(session, batch);
    }),
  );
  const rate = (events * 1_000) / (performance.now() - began);
  const after = await processorTimes();
  if (!before || !after) return { rate, spent: undefined };
  const each = (who: keyof ProcessorTimes) => ((after[who] - before[who]) * 1_000) / events;
  return { rate, spent: { client: each('client'), server: each('server'), postgres: each('postgres') } };
}

/** Medians of the rounds, in words. */
function spentBy(rounds: Measured[]): string {
  const of = (who: keyof ProcessorTimes) =>
    median(rounds.map(({ spent }) => spent?.[who] ?? Number.NaN)).toFixed(1);
  return `client ${of('client')}, server ${of('server')}, PostgreSQL ${of('postgres')}`;
}

const insert = `INSERT INTO raw_events (run_id, seq, kind, message, data, at, digest)
SELECT $1, seq, kind, message, data::jsonb, at, 0
FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::timestamptz[]) AS e(seq, kind, message, data, at)`;

function valuesOf(runId: string, seqs: number[]): unknown[] {
  const events = seqs.map(eventOf);
  return [
    runId,
    events.map((event) => event.seq),
    events.map((event) => event.kind),
    events.map((event) => event.message),
    events.map((event) => JSON.stringify(event.data)),
    events.map((event) => event.at),
  ];
}
