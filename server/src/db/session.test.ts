import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../db/ids.js';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { startTestServer, type TestServer } from '../testing/server.js';
import { openDatabase } from './open.js';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());

async function ask(text: string, url = postgres.url): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(text).finally(() => client.end());
}
const nameOf = (url: string) => new URL(url).pathname.slice(1);

/** A database that is set up as somebody else would; `ALTER DATABASE` for each. */
async function setTo(settings: Record<string, string>): Promise<TestPostgres> {
  const made = await startTestPostgres();
  for (const [name, value] of Object.entries(settings)) {
    await ask(`ALTER DATABASE ${nameOf(made.url)} SET ${name} TO ${value}`);
  }
  return made;
}

const strange: Record<string, Record<string, string>> = {
  'in Los Angeles': { timezone: `'America/Los_Angeles'` },
  'in Berlin, where days come before months': { timezone: `'Europe/Berlin'`, datestyle: `'German, DMY'` },
  'in Kathmandu, with dates as SQL has them': { timezone: `'Asia/Kathmandu'`, datestyle: `'SQL, DMY'` },
  'with other habits': {
    intervalstyle: 'iso_8601',
    bytea_output: `'escape'`,
    default_transaction_isolation: 'serializable',
    array_nulls: 'off',
    extra_float_digits: '-10',
    standard_conforming_strings: 'off',
  },
};

describe.each(Object.entries(strange))('on a database %s', (_name, settings) => {
  let made: TestPostgres;
  let server: TestServer;
  beforeAll(async () => {
    made = await setTo(settings);
    server = await startTestServer({ databaseUrl: made.url });
  });
  afterAll(async () => {
    await server?.close();
    await made?.stop();
  });

  const post = async (path: string, body: unknown) =>
    (await (await server.call('POST', path, { body })).json()) as Record<string, string>;
  const get = async (path: string) => (await (await server.call('GET', path)).json()) as { data: object[] };

  test('a session says one time of itself everywhere, and it is the true one', async () => {
    const before = Date.now();
    const body = { prompt: 'back\\slash', cwd: '/code', labels: ['null', 'a,"b\\'] };
    const { id } = await post('/api/v1/runs', body);
    const run = (await (await server.call('GET', `/api/v1/runs/${id}`)).json()) as Record<string, string>;
    expect(run).toMatchObject({ input: body.prompt, cwd: body.cwd, labels: body.labels });
    const { createdAt = '' } = run;
    const at = Date.parse(createdAt);
    expect(at).toBeGreaterThanOrEqual(before - 1_000);
    expect(at).toBeLessThanOrEqual(Date.now() + 1_000);
    expect((await get('/api/v1/runs')).data).toContainEqual(expect.objectContaining({ createdAt }));
    const around = `createdAfter=${new Date(at - 1).toISOString()}&createdBefore=${new Date(at + 1).toISOString()}`;
    expect((await get(`/api/v1/runs?${around}`)).data).toHaveLength(1);
  });

  test('a key lives exactly as long as it was given', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const made = await post('/api/v1/api-keys', { name: 'for an hour', scopes: ['runs:read'], expiresAt });
    expect(made.expiresAt).toBe(expiresAt);
    expect((await get('/api/v1/api-keys')).data).toContainEqual(expect.objectContaining({ expiresAt }));
    const call = () => server.call('GET', '/api/v1/runs', { key: made.key ?? '' });
    expect((await call()).status).toBe(200);
    const past = new Date(Date.now() - 1_000);
    await server.database.prisma.apiKey.update({ where: { id: made.id ?? '' }, data: { expiresAt: past } });
    const other = await server.makeKey(['runs:read']);
    expect((await server.call('GET', '/api/v1/runs', { key: other })).status).toBe(200);
    await expect.poll(async () => (await call()).status).toBe(401);
  });

  test('transactions that meet are carried out one after the other, and none fails', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, () =>
        server.call('POST', '/api/v1/runs', { body: { prompt: 'go', cwd: '/one' } }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    const ids = await Promise.all(
      answers.map(async (answer) => ((await answer.json()) as { id: string }).id),
    );
    const cancelled = await Promise.all(
      ids.map((id) => server.call('POST', `/api/v1/runs/${id}/cancel`, { body: {} })),
    );
    expect(new Set(cancelled.map(({ status }) => status))).toEqual(new Set([200]));
  });
});

describe('is refused with what to do', () => {
  const opened = (url: string) => openDatabase({ url, dataDir: null, onWait: () => undefined });

  test('a database that cannot hold every text', async () => {
    const name = newId('org_');
    await ask(
      `CREATE DATABASE ${name} ENCODING 'LATIN1' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`,
    );
    const url = new URL(postgres.url);
    url.pathname = `/${name}`;
    await expect(opened(url.href)).rejects.toThrow(
      /keeps texts as LATIN1.*CREATE DATABASE .* ENCODING 'UTF8'/,
    );
  });

  test('an address that asks for another schema', async () => {
    await expect(opened(`${postgres.url}?schema=fleet`)).rejects.toThrow(/schema fleet.*schema public/);
  });

  test('a role whose search_path leads elsewhere, and nothing is made there', async () => {
    const made = await startTestPostgres();
    await ask('CREATE SCHEMA elsewhere', made.url);
    await ask(`ALTER DATABASE ${nameOf(made.url)} SET search_path TO elsewhere, public`);
    await expect(opened(made.url)).rejects.toThrow(/search_path .* schema elsewhere.*schema public/);
    await ask('DROP SCHEMA elsewhere', made.url);
    await made.stop();
  });
});
