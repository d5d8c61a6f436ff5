import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Event, JsonObject } from '@agentfleet/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database, Queryable } from '../../db/database.js';
import type { LogStore } from '../../logstore/log-store.js';
import { type LogPlace, openLogStore } from '../../logstore/open-log-store.js';
import { deleteOrg } from '../../operate/delete-org.js';
import { counting } from '../../testing/counting.js';
import { finishOf, patient } from '../../testing/org-with-queue.js';
import { startTestPostgres } from '../../testing/postgres.js';
import { RunnerClient } from '../../testing/runner-client.js';
import { makeS3Server, s3Program } from '../../testing/s3-server.js';
import { startTestServer, type TestServer } from '../../testing/server.js';
import { recountRuns } from '../../usage/recount.js';
import { moveLogs, type Outcome } from './move-logs.js';

const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** A log with everything that an answer could spell otherwise. */
function oddEvents(count: number): Event[] {
  const kinds = ['assistant', 'tool_use', 'tool_result', 'result'] as const;
  return Array.from({ length: count }, (_none, index) => {
    const seq = index + 1;
    const kind = kinds[index % 4] ?? 'assistant';
    const data: Record<string, JsonObject> = {
      assistant: { zulu: 1, alpha: [1.5, 1e21, -0.1, null], '10': 'ten', '9': { __proto__x: '😀\u2028"\\' } },
      tool_use: { name: index % 8 === 1 ? 'Edit' : 'Read', id: `toolu_${seq}`, input: { file: `/a/${seq}` } },
      tool_result: {
        tool_use_id: `toolu_${seq - 1}`,
        content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } }],
      },
      result: { type: 'result', subtype: 'success', num_turns: seq, total_cost_usd: 0.5, session_id: 's' },
    };
    return {
      ...{ seq, kind, message: `line ${seq} ü\n${'x'.repeat(index % 7)}` },
      ...{
        data: seq % 5 === 0 ? null : (data[kind] ?? null),
        at: `2026-11-23T10:00:00.${100 + (seq % 900)}Z`,
      },
    };
  });
}

const folderPlace = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'agentfleet-logs-'));
  return {
    place: { folder } satisfies LogPlace,
    start: async () => undefined,
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  };
};

describe.each([
  { name: 'a folder', make: folderPlace, there: true, onPostgres: false },
  { name: 'a folder, of a PostgreSQL', make: folderPlace, there: true, onPostgres: true },
  { name: 'an S3 server', make: makeS3Server, there: s3Program !== undefined, onPostgres: true },
])('logs in $name', ({ make, there, onPostgres }) => {
  if (!there) {
    test.skip('skipped: the lane s3 installs the server', () => undefined);
    return;
  }
  let made: Awaited<ReturnType<typeof folderPlace>> | Awaited<ReturnType<typeof makeS3Server>>;
  let server: TestServer;
  let store: LogStore;
  let runner: RunnerClient;
  let stopPostgres = async () => undefined as unknown;
  beforeAll(async () => {
    made = await make();
    await made.start();
    store = openLogStore(made.place);
    const postgres = onPostgres ? await startTestPostgres() : undefined;
    if (postgres) stopPostgres = () => postgres.stop();
    server = await startTestServer({ logPlace: made.place, ...(postgres && { databaseUrl: postgres.url }) });
    const facts = { directories: ['/code'], maxConcurrentRuns: 9 };
    runner = await RunnerClient.enrolled(server, await server.makeKey(['runner']), facts);
  }, 60_000);
  afterAll(async () => {
    await server.close();
    await stopPostgres();
    await made.remove();
  });

  const sql = <Row>(text: string, values: unknown[] = []) =>
    server.database.query<Row>({ name: `test-${text}`.slice(0, 60), text }, values);
  async function endedRun(events = oddEvents(60)): Promise<string> {
    const run = await runner.startsRun();
    await runner.say(`/runs/${run.id}/events`, { token: run.token, events });
    await runner.say(`/runs/${run.id}/finish`, finishOf(run, events));
    return run.id;
  }
  async function answersOf(id: string): Promise<Record<string, string>> {
    const pages = [
      'limit=7',
      'after=50&limit=500',
      'after=60',
      'before=20&limit=5',
      'before=1',
      'limit=500&wait=1',
    ];
    const asked = [
      ...pages.map((query) => `/runs/${id}/events?${query}`),
      ...['tools=Edit', 'tools=Edit&before=30&limit=3', 'tools=None'].map(
        (query) => `/runs/${id}/events?${query}`,
      ),
      ...[
        `/runs/${id}?logs=10`,
        `/runs/${id}?logs=0`,
        `/runs/${id}/events/3/images/0`,
        `/runs/${id}/events/4/images/0`,
      ],
    ];
    const answers: Record<string, string> = {};
    for (const path of asked) {
      const answer = await server.call('GET', `/api/v1${path}`);
      answers[path] =
        `${answer.status} ${answer.headers.get('etag')} ${Buffer.from(await answer.arrayBuffer()).toString('base64')}`;
    }
    const headers = { accept: 'text/event-stream', 'last-event-id': '5' };
    const stream = await server.call('GET', `/api/v1/runs/${id}/events`, { headers });
    answers.stream = await stream.text();
    return answers;
  }
  const move = async (database = server.database, into = store, archiveMs: number | undefined = 0) => {
    const outcomes: Outcome[] = [];
    const failure = await moveLogs(database, into, archiveMs, patient, (outcome) =>
      outcomes.push(outcome),
    ).catch((error: unknown) => error);
    return { outcomes, failure };
  };
  const rowsOf = async (id: string) =>
    (await sql<{ n: number }>('SELECT count(*)::int AS n FROM events WHERE run_id = $1', [id]))[0]?.n;
  const claimsRunOut = () => sql(`UPDATE moved_logs SET claimed_at = 'epoch' WHERE moved_at IS NULL`);

  test('every answer is the same byte for byte before and after, and the rows are gone', async () => {
    const id = await endedRun();
    const before = await answersOf(id);
    const counted = await recountRuns(server.database, [id]);
    expect(before.stream).toContain('line 60');
    expect((await move()).outcomes).toEqual(['moved']);
    expect(await rowsOf(id)).toBe(0);
    expect(await sql('SELECT FROM event_images WHERE run_id = $1', [id])).toEqual([]);
    expect(await answersOf(id)).toEqual(before);
    expect(await recountRuns(server.database, [id])).toEqual(counted);
    const [manifest] = await sql(
      'SELECT events, object, first_seq, last_seq FROM moved_logs WHERE run_id = $1',
      [id],
    );
    expect(manifest).toEqual({
      events: 60,
      object: `${server.orgId}/${id}.jsonl.br`,
      first_seq: 1,
      last_seq: 60,
    });
    expect((await move()).outcomes).toEqual([]);
    expect(
      (
        await server.call('GET', `/api/v1/runs/${id}/events`, {
          key: await server.makeKey(['admin'], await server.makeOrg()),
        })
      ).status,
    ).toBe(404);
  });

  test('a session that goes on, was lost or is younger than that is not moved', async () => {
    const running = await runner.startsRun();
    await runner.say(`/runs/${running.id}/events`, { token: running.token, events: oddEvents(3) });
    const lost = await endedRun();
    await sql(`UPDATE runs SET attempt_outcome = 'lost' WHERE id = $1`, [lost]);
    expect((await move()).outcomes).toEqual([]);
    await sql(`UPDATE runs SET attempt_outcome = 'finished' WHERE id = $1`, [lost]);
    expect((await move(server.database, store, 3_600_000)).outcomes).toEqual([]);
    await runner.say(`/runs/${running.id}/finish`, finishOf(running, oddEvents(3)));
    expect((await move()).outcomes).toEqual(['moved', 'moved']);
  });

  test('killed before any statement or request of a move, every answer stays the same and another move ends it', async () => {
    const id = await endedRun();
    const before = await answersOf(id);
    let kills = 0;
    for (let nth = 1; ; nth += 1) {
      const dying = dyingAt(server.database, store, nth);
      await move(dying.database, dying.store);
      expect(await answersOf(id)).toEqual(before);
      if (!dying.dead()) break;
      kills += 1;
      await claimsRunOut();
    }
    expect(kills).toBeGreaterThan(8);
    expect(await rowsOf(id)).toBe(0);
  }, 60_000);

  /** Each with three megabytes of its own. */
  async function fatRun(count: number): Promise<string> {
    const run = await runner.startsRun();
    const events = Array.from({ length: count }, (_none, index): Event => {
      const data = { type: 'text', text: randomBytes(1_500_000).toString('hex') };
      return { seq: index + 1, kind: 'assistant', message: 'fat', data, at: '2026-11-23T10:00:00.000Z' };
    });
    for (const one of events) await runner.say(`/runs/${run.id}/events`, { token: run.token, events: [one] });
    await runner.say(`/runs/${run.id}/finish`, finishOf(run, events));
    return run.id;
  }

  test('pages of large events are cut at the same place; a log that is too large stays, and is not tried each time', async () => {
    const id = await fatRun(4);
    const pages = async () => {
      const found: unknown[] = [];
      for (const query of ['limit=9', 'after=1', 'before=5&limit=9', 'before=4&limit=3']) {
        const answer = await server.call('GET', `/api/v1/runs/${id}/events?${query}`);
        found.push(
          createHash('sha256')
            .update(await answer.text())
            .digest('hex'),
        );
      }
      return found;
    };
    const before = await pages();
    const read = await server.call('GET', `/api/v1/runs/${id}/events?limit=9`);
    expect(await read.json()).toMatchObject({ data: [{ seq: 1 }, { seq: 2 }], hasMore: true });
    expect((await move()).outcomes).toEqual(['moved']);
    expect(await pages()).toEqual(before);
    const larger = await fatRun(12);
    expect((await move()).outcomes).toEqual(['kept']);
    const { database, asked } = counting(server.database);
    expect((await move(database)).outcomes).toEqual(['kept']);
    expect(asked).not.toContain('whole-events');
    expect(await rowsOf(larger)).toBe(12);
    expect((await server.call('DELETE', `/api/v1/runs/${larger}`)).status).toBe(204);
  }, 60_000);

  test('two servers at once move each log once', async () => {
    const ids = [await endedRun(), await endedRun(), await endedRun()];
    const both = await Promise.all([move(), move()]);
    expect(both.flatMap(({ outcomes }) => outcomes).filter((outcome) => outcome === 'moved')).toHaveLength(3);
    for (const id of ids) expect(await rowsOf(id)).toBe(0);
  });

  test('deleting a run deletes its object, also of one that was half moved; what was spoilt is no empty log', async () => {
    const id = await endedRun();
    await move();
    const object = `${server.orgId}/${id}.jsonl.br`;
    expect(await store.get(object)).toBeDefined();
    expect((await server.call('DELETE', `/api/v1/runs/${id}`)).status).toBe(204);
    await move();
    expect(await store.get(object)).toBeUndefined();
    const half = await endedRun();
    const dying = dyingAt(server.database, store, 6);
    await move(dying.database, dying.store);
    const [{ object: halfObject } = { object: '' }] = await sql<{ object: string }>(
      'SELECT object FROM moved_logs WHERE run_id = $1 AND moved_at IS NULL',
      [half],
    );
    await store.put(halfObject, Buffer.from('whatever was on its way'));
    expect((await server.call('DELETE', `/api/v1/runs/${half}`)).status).toBe(204);
    await claimsRunOut();
    await move();
    expect(await store.get(halfObject)).toBeUndefined();
    expect(await sql('SELECT FROM moved_logs WHERE run_id = ANY($1)', [[id, half]])).toEqual([]);
    const spoilt = await endedRun();
    await move();
    await store.put(`${server.orgId}/${spoilt}.jsonl.br`, Buffer.from('something else'));
    const answer = await server.call('GET', `/api/v1/runs/${spoilt}/events`);
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain('is not what was put there');
  });

  test('deleting an org deletes its objects, and retention does', async () => {
    const old = await endedRun();
    await move();
    await sql('UPDATE runs SET events_pruned_at = now() WHERE id = $1', [old]);
    expect(await (await server.call('GET', `/api/v1/runs/${old}/events`)).json()).toMatchObject({ data: [] });
    await move();
    expect(await store.get(`${server.orgId}/${old}.jsonl.br`)).toBeUndefined();
    const other = await server.makeOrg();
    const moved = await endedRun();
    await sql('UPDATE runs SET org_id = $2 WHERE id = $1', [moved, other]);
    await move();
    expect(await store.get(`${other}/${moved}.jsonl.br`)).toBeDefined();
    await deleteOrg(server.database, other, () => undefined);
    await move();
    expect(await store.get(`${other}/${moved}.jsonl.br`)).toBeUndefined();
  });

  test('while the store is away reads are 503 with Retry-After, deletions wait, and moves fail without a loss', async () => {
    const id = await endedRun();
    await move();
    const going = await endedRun();
    const away = await awayStore();
    const answer = await server.call('GET', `/api/v1/runs/${id}/events`);
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await answer.json()).toMatchObject({ error: { code: 'UNAVAILABLE' } });
    expect((await server.call('GET', `/api/v1/runs/${id}/events/3/images/0`)).status).toBe(503);
    expect((await server.call('DELETE', `/api/v1/runs/${id}`)).status).toBe(204);
    expect((await move()).failure).toBeInstanceOf(Error);
    expect(await rowsOf(going)).toBe(60);
    await away();
    expect((await move()).outcomes).toEqual(['moved']);
    expect(await store.get(`${server.orgId}/${id}.jsonl.br`)).toBeUndefined();
  }, 60_000);

  /** @returns what brings it back */
  async function awayStore(): Promise<() => Promise<void>> {
    if ('kill' in made) {
      await made.kill();
      return made.start;
    }
    const { folder } = made.place;
    renameSync(folder, `${folder}-away`);
    // Where a file lies nobody makes the folder anew.
    writeFileSync(folder, '');
    return async () => {
      rmSync(folder);
      renameSync(`${folder}-away`, folder);
      expect(readdirSync(folder)).not.toEqual([]);
    };
  }

  test('an S3 server that is killed while an object arrives leaves the rows, and the next move ends it', async () => {
    if (!('kill' in made)) return;
    const { kill, start } = made;
    const id = await endedRun(oddEvents(500));
    const before = await answersOf(id);
    for (const at of ['put', 'get'] as const) {
      const killing: LogStore = {
        ...store,
        [at]: async (...args: [string, Buffer]) => {
          const [result] = await Promise.all([store[at](...args), kill()]);
          return result;
        },
      };
      expect((await move(server.database, killing)).outcomes).toEqual(['failed']);
      expect(await answersOf(id)).toEqual(before);
      await start();
    }
    expect((await move()).outcomes).toEqual(['moved']);
    expect(await answersOf(id)).toEqual(before);
  }, 60_000);
});

/** A server that dies right before the so-and-so-many-th thing that it asks of the database or the store: it does nothing more. */
function dyingAt(database: Database, store: LogStore, nth: number) {
  let asked = 0;
  const alive = () => {
    asked += 1;
    if (asked >= nth) throw new Error('killed');
  };
  const dying =
    <Args extends unknown[], Result>(work: (...args: Args) => Promise<Result>) =>
    async (...args: Args) => {
      alive();
      return work(...args);
    };
  const query = dying(database.query) as Database['query'];
  return {
    dead: () => asked >= nth,
    database: {
      ...database,
      query,
      transaction: <Result>(work: (tx: Queryable) => Promise<Result>) =>
        database.transaction(async (tx) => {
          const result = await work({ query: dying(tx.query.bind(tx)) as Queryable['query'] });
          alive();
          return result;
        }),
    },
    store: { put: dying(store.put), get: dying(store.get), delete: dying(store.delete) },
  };
}
