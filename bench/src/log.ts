import type { ClaimedRun } from '@agentfleet/contract';
import pg from 'pg';
import { type Row, relative } from './report.js';
import { startServerProcess } from './server-process.js';
import { eventOf, register, startSession } from './sessions.js';

const sessions = 16;
const batches = 60;
const batchOf = 50;

/** Appends over HTTP beside a raw insert of the same rows with `pg`, in turns on the same PostgreSQL. */
export async function* log(): AsyncGenerator<Row> {
  const server = await startServerProcess();
  const pool = new pg.Pool({ connectionString: server.databaseUrl, max: sessions });
  try {
    const { api } = server;
    const ours: number[] = [];
    const peer: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const runs: ClaimedRun[] = [];
      const runner = await register(api, `bench-${round}`, sessions);
      for (let session = 0; session < sessions; session += 1) runs.push(await startSession(api, runner));
      ours.push(
        await eventsPerSecond(async (session, from, seqs) => {
          const { id, token } = runs[session] ?? { id: '', token: '' };
          await api.call('POST', `/runs/${id}/events`, { token, events: seqs.map((n) => eventOf(from + n)) });
        }),
      );
      await pool.query('CREATE TABLE IF NOT EXISTS raw_events (LIKE events INCLUDING INDEXES)');
      peer.push(
        await eventsPerSecond((session, from, seqs) => insert(pool, `raw-${round}-${session}`, from, seqs)),
      );
    }
    const figures = { ours: Math.max(...ours), peer: Math.max(...peer) };
    yield relative(
      'append over HTTP, 16 sessions, batches of 50, beside a raw insert',
      'events/s',
      figures,
      '>=',
      0.5,
    );
  } finally {
    await pool.end();
    await server.stop();
  }
}

type Append = (session: number, from: number, seqs: number[]) => Promise<unknown>;

async function eventsPerSecond(append: Append): Promise<number> {
  const seqs = Array.from({ length: batchOf }, (_item, index) => index + 1);
  const began = performance.now();
  await Promise.all(
    Array.from({ length: sessions }, async (_item, session) => {
      for (let batch = 0; batch < batches; batch += 1) await append(session, batch * batchOf, seqs);
    }),
  );
  return (sessions * batches * batchOf * 1_000) / (performance.now() - began);
}

async function insert(pool: pg.Pool, runId: string, from: number, seqs: number[]): Promise<void> {
  const events = seqs.map((n) => eventOf(from + n));
  await pool.query({
    name: 'raw',
    text: `INSERT INTO raw_events (run_id, seq, kind, message, data, at, digest)
SELECT $1, seq, kind, message, data::jsonb, at, 0
FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::timestamptz[]) AS e(seq, kind, message, data, at)`,
    values: [
      runId,
      events.map((event) => event.seq),
      events.map((event) => event.kind),
      events.map((event) => event.message),
      events.map((event) => JSON.stringify(event.data)),
      events.map((event) => event.at),
    ],
  });
}
