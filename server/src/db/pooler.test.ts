import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasPgBouncer, type PgBouncer, startPgBouncer } from '../testing/pgbouncer.js';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { startTestServer } from '../testing/server.js';
import { openDatabase } from './open.js';
import { isShared } from './pooler.js';

if (!hasPgBouncer) console.warn('What a pooler does is not tested: there is no pgbouncer here.');

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());

test('a PostgreSQL itself is nobody’s pooler', async () => {
  expect(await isShared(postgres.url)).toBe(false);
});

describe.runIf(hasPgBouncer)('behind PgBouncer', () => {
  let transactions: PgBouncer;
  beforeAll(async () => {
    transactions = await startPgBouncer(postgres.url, 'transaction');
    await set('TimeZone', 'America/Los_Angeles');
  });
  afterAll(() => transactions?.stop());

  async function set(name: string, value: string): Promise<void> {
    const client = new pg.Client({ connectionString: postgres.url });
    await client.connect();
    const database = new URL(postgres.url).pathname.slice(1);
    await client.query(`ALTER DATABASE ${database} SET ${name} TO ${pg.escapeLiteral(value)}`);
    // Connections of before are as they were.
    await client.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    await client.end();
  }
  const open = (options: { directUrl?: string } = {}) =>
    openDatabase({ url: transactions.url, dataDir: null, onWait: () => undefined, ...options });

  test.each([1, 8])(
    'one that gives transactions whatever connection is free is found out, with %i of them',
    async (most) => {
      const bouncer = await startPgBouncer(postgres.url, 'transaction', most);
      expect(await isShared(bouncer.url)).toBe(true);
      await bouncer.stop();
    },
  );

  test('without the direct address the start is refused with what to set', async () => {
    await expect(open()).rejects.toThrow(/DATABASE_URL leads through a pooler.*Set DATABASE_DIRECT_URL/);
    const both = open({ directUrl: transactions.url });
    await expect(both).rejects.toThrow(/DATABASE_URL and DATABASE_DIRECT_URL both lead through a pooler/);
  });

  test('connections that are not set as they must be are refused with the statements that set them', async () => {
    const refused = open({ directUrl: postgres.url });
    await expect(refused).rejects.toThrow(/pooler.*ALTER ROLE "postgres" SET TimeZone TO 'UTC';/);
  });

  describe('whose role is set up', () => {
    beforeAll(async () => {
      const ours = {
        TimeZone: 'UTC',
        DateStyle: 'ISO, MDY',
        default_transaction_isolation: 'read committed',
      };
      const others = { bytea_output: 'hex', extra_float_digits: '1' };
      for (const [name, value] of Object.entries({ ...ours, ...others })) await set(name, value);
      // It gives its clients the settings that it found first.
      await transactions.stop();
      transactions = await startPgBouncer(postgres.url, 'transaction');
    });

    test('an address that leads to another database is refused', async () => {
      const other = await startTestPostgres();
      await expect(open({ directUrl: other.url })).rejects.toThrow('leads to another database');
      await other.stop();
    });

    test('a statement that is given up ends in the database behind it too', async () => {
      const database = await open({ directUrl: postgres.url });
      const asleep = async () => {
        const text = `SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND state = 'active' AND query = 'SELECT pg_sleep(60)'`;
        return (await database.query({ name: 'test-asleep', text }, [])).length;
      };
      const over = new AbortController();
      const asked = database.ask({ name: 'test-sleep', text: 'SELECT pg_sleep(60)' }, [], over.signal);
      await expect.poll(asleep).toBe(1);
      over.abort();
      await expect(asked).rejects.toMatchObject({ code: '57014' });
      await expect.poll(asleep).toBe(0);
      await database.close();
    });

    test('two servers work as they do without one: sessions, lists, streams, keys and wake-ups', async () => {
      const options = { databaseUrl: transactions.url, databaseDirectUrl: postgres.url };
      const [one, other] = [await startTestServer(options), await startTestServer(options)];
      const key = await other.makeKey(['admin'], one.orgId);
      const launched = await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          one.call('POST', '/api/v1/runs', { body: { prompt: 'go', cwd: `/code/${index}` } }),
        ),
      );
      expect(new Set(launched.map(({ status }) => status))).toEqual(new Set([201]));
      const ids = await Promise.all(
        launched.map(async (answer) => ((await answer.json()) as { id: string }).id),
      );
      const headers = { accept: 'text/event-stream' };
      const stream = await other.call('GET', `/api/v1/runs/${ids[0]}/events`, { key, headers });
      const told = stream.text();
      const answers = await Promise.all(
        ids.flatMap((id, index) => {
          const by = index % 2 === 0 ? { server: one, key: one.key } : { server: other, key };
          return [
            by.server.call('GET', `/api/v1/runs/${id}`, { key: by.key }),
            by.server.call('GET', '/api/v1/runs?limit=5', { key: by.key }),
            by.server.call('GET', '/api/v1/runners', { key: by.key }),
            by.server.call('POST', `/api/v1/runs/${id}/cancel`, { key: by.key, body: {} }),
          ];
        }),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      // Said by one server, heard by the other.
      expect(await told).toContain('event: end\ndata: {"status":"CANCELLED"}');
      await one.queue.sweep();
      await one.close();
      await other.close();
    });
  });

  test('one that gives each client a connection of its own is as good as none', async () => {
    const sessions = await startPgBouncer(postgres.url, 'session', 60);
    expect(await isShared(sessions.url)).toBe(false);
    const server = await startTestServer({ databaseUrl: sessions.url });
    const made = await server.call('POST', '/api/v1/runs', { body: { prompt: 'go', cwd: '/code' } });
    expect(made.status).toBe(201);
    expect((await server.call('GET', '/api/v1/runs')).status).toBe(200);
    await server.close();
    await sessions.stop();
  });
});
