import { hash } from 'node:crypto';
import type { AuditEntry } from '@agentfleet/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { startTestServer, type TestServer } from '../testing/server.js';
import { forgetAudit } from './forget-audit.js';
import { note } from './noted.js';

describe.each(['embedded', 'postgres'] as const)('on %s', (kind) => {
  let postgres: TestPostgres | undefined;
  let server: TestServer;
  let orgId: string;
  let key: string;
  beforeAll(async () => {
    postgres = kind === 'postgres' ? await startTestPostgres() : undefined;
    server = await startTestServer({
      clientAddress: 'forwarded',
      ...(postgres && { databaseUrl: postgres.url }),
    });
  });
  afterAll(async () => {
    await server?.close();
    await postgres?.stop();
  });
  beforeEach(async () => {
    orgId = await server.makeOrg();
    key = await server.makeKey(['admin'], orgId);
  });

  const get = (path: string, by = key) => server.call('GET', `/api/v1/audit${path}`, { key: by });
  const list = async (query = '') =>
    (await (await get(query)).json()) as { data: AuditEntry[]; nextCursor: string | null };
  const launch = (cwd = '/code', headers = {}) =>
    server.call('POST', '/api/v1/runs', { key, body: { prompt: 'x', cwd }, headers });
  const launched = async (times: number) => {
    const ids: string[] = [];
    for (let index = 0; index < times; index += 1)
      ids.push(((await (await launch()).json()) as { id: string }).id);
    return ids;
  };
  const run = (text: string, values: unknown[] = []) =>
    server.database.query({ name: `test-${hash('sha256', text)}`.slice(0, 60), text }, values);
  /** As if it had been made so many days ago. */
  const longAgo = (days: number, org = orgId) =>
    run(
      `INSERT INTO audit_entries (org_id, id, at, action, actor_kind, actor_id, actor_name, subject_id)
SELECT $1, 'aud_' || lpad(to_hex((extract(epoch FROM at) * 1000000)::bigint), 14, '0') || $3, at, 'run.cancel', 'server', 'server', 'x', 'clr'
FROM (SELECT now() - $2::int * interval '1 day' AS at) long_ago`,
      [org, days, crypto.randomUUID().replaceAll('-', '').slice(0, 12)],
    );

  test('what is written is neither changed nor deleted, whoever tries', async () => {
    await launch();
    const before = await list();
    for (const text of [
      `UPDATE audit_entries SET actor_name = 'nobody'`,
      'DELETE FROM audit_entries',
      'TRUNCATE audit_entries',
    ]) {
      await expect(run(text)).rejects.toThrow('audit entries are not changed');
    }
    expect(await list()).toEqual(before);
  });

  test('a page leads to the next until the end, newest first, and no entry is on two', async () => {
    const runs = await launched(7);
    const subjects: string[] = [];
    let cursor: string | null = '';
    let pages = 0;
    while (cursor !== null) {
      const page = await list(`?limit=3${cursor && `&cursor=${cursor}`}`);
      subjects.push(...page.data.map(({ subject }) => subject.id));
      cursor = page.nextCursor;
      pages += 1;
    }
    expect(pages).toBe(3);
    const me = (await list('?action=key.create')).data[0]?.subject.id;
    expect(subjects).toEqual([...runs.reverse(), me]);
  });

  test('it is filtered by who, what, to what and when, together too', async () => {
    const [one, other] = await launched(2);
    await server.call('POST', `/api/v1/runs/${one}/cancel`, { key, body: {} });
    const { data: all } = await list();
    const actions = async (query: string) => (await list(query)).data.map(({ action }) => action);
    expect(all.map(({ action }) => action)).toEqual(['run.cancel', 'run.launch', 'run.launch', 'key.create']);
    const me = all[0]?.actor.id;
    expect(await actions(`?subject=${one}`)).toEqual(['run.cancel', 'run.launch']);
    expect(await actions(`?subject=${one}&action=run.launch`)).toEqual(['run.launch']);
    expect(await actions('?action=run.launch')).toHaveLength(2);
    expect(await actions('?action=run.cancel')).toEqual(['run.cancel']);
    expect(await actions(`?actor=${me}`)).toHaveLength(3);
    expect(await actions(`?actor=${me}&action=run.cancel&subject=${one}`)).toEqual(['run.cancel']);
    expect(await actions(`?actor=${me}&action=run.cancel&subject=${other}`)).toEqual([]);
    expect(await actions('?actor=server')).toEqual(['key.create']);
    const at = all[0]?.at ?? '';
    const atOnce = all.filter((entry) => entry.at === at);
    expect(await actions(`?from=${at}`)).toHaveLength(atOnce.length);
    expect(await actions(`?to=${at}`)).toHaveLength(4 - atOnce.length);
    expect(await actions(`?to=${at}&actor=${me}&from=2020-01-01T00:00:00Z`)).toHaveLength(3 - atOnce.length);
    for (const wrong of ['?action=x', '?actor=X!', '?from=yesterday', '?limit=0', '?colour=red'])
      expect((await get(wrong)).status).toBe(400);
  });

  test('another org sees nothing of it, nor does a key that is no admin’s', async () => {
    const [id] = await launched(1);
    const theirs = await server.makeKey(['admin'], await server.makeOrg());
    const answer = (await (await get(`?subject=${id}`, theirs)).json()) as { data: AuditEntry[] };
    expect(answer.data).toEqual([]);
    const writer = await server.makeKey(['runs:write', 'runs:read'], orgId);
    expect((await get('', writer)).status).toBe(403);
    expect((await get('/export', writer)).status).toBe(403);
  });

  test('the address that a proxy told is noted where the server is set to believe it, and never more than one', async () => {
    await launch('/code', { 'x-forwarded-for': '203.0.113.9, 198.51.100.7' });
    await launch('/code', { 'x-forwarded-for': '<script>' });
    expect((await list('?action=run.launch')).data.map(({ address }) => address)).toEqual([
      '127.0.0.1',
      '198.51.100.7',
    ]);
    const [line] = server.logged.filter((text) => text.includes('198.51.100.7'));
    expect(JSON.parse(line ?? '')).toMatchObject({
      route: '/api/v1/runs',
      runId: expect.stringMatching(/^clr/),
    });
  });

  test('all of it is exported as CSV that runs no formula, or as a line of JSON each, filtered as the list is', async () => {
    const body = { name: '=HYPERLINK("http://x","y")', scopes: ['runs:read'] };
    await server.call('POST', '/api/v1/api-keys', { key, body });
    // More than are read at once.
    await note(server.database, undefined, { action: 'run.launch', orgId, subject: 'clr00000000' });
    for (let more = 0; more < 1_200; more += 400)
      await run(
        `INSERT INTO audit_entries (org_id, id, at, action, actor_kind, actor_id, actor_name, subject_id)
SELECT $1, 'aud_0000000000' || lpad(to_hex($2::int + n), 16, '0'), now(), 'run.launch', 'server', 'server', 'x', 'clr' FROM generate_series(1, 400) n`,
        [orgId, more],
      );
    const csv = await get('/export');
    expect(csv.headers.get('content-type')).toContain('text/csv');
    expect(csv.headers.get('content-disposition')).toContain('agentfleet-audit.csv');
    const lines = (await csv.text()).trimEnd().split('\r\n');
    expect(lines[0]).toBe(
      'at,action,actor_kind,actor_id,actor_name,subject_id,subject_name,detail,request_id,address,id',
    );
    expect(lines).toHaveLength(1 + 1_200 + 3);
    expect(lines.join('\n')).toContain(`"'=HYPERLINK(""http://x"",""y"")"`);
    expect(lines.join('\n')).not.toMatch(/(^|,)"?=/m);
    const ndjson = await get('/export?format=ndjson&action=key.create');
    const entries = (await ndjson.text()).trimEnd().split('\n');
    expect(entries.map((text) => JSON.parse(text) as AuditEntry)).toEqual(
      (await list('?action=key.create')).data,
    );
  });

  test('a filter that fits few looks on page by page, and finds them all', async () => {
    await run(
      `INSERT INTO audit_entries (org_id, id, at, action, actor_kind, actor_id, actor_name, subject_id)
SELECT $1, 'aud_0000000000' || lpad(to_hex(n), 16, '0'), now(), CASE WHEN n = 1 THEN 'run.launch' ELSE 'run.cancel' END,
  'key', 'key_1', 'x', 'clr' FROM generate_series(1, 6000) n`,
      [orgId],
    );
    const first = await list('?actor=key_1&action=run.launch');
    expect(first.data).toEqual([]);
    const second = await list(`?actor=key_1&action=run.launch&cursor=${first.nextCursor}`);
    expect(second).toMatchObject({ data: [{ action: 'run.launch' }], nextCursor: null });
  });

  test('only what is older than the retention is forgotten, of every org, also of one that is no more', async () => {
    const gone = 'org_gonegone';
    await forgetAudit(server.database, { olderThanMs: 86_400_000 });
    await Promise.all([longAgo(400), longAgo(31), longAgo(29), longAgo(400, gone)]);
    await launch();
    expect(await forgetAudit(server.database, { olderThanMs: 30 * 86_400_000 })).toBe(3);
    const left = (await list()).data.map(({ action }) => action);
    expect(left).toEqual(['run.launch', 'key.create', 'run.cancel']);
    expect(await run('SELECT FROM audit_entries WHERE org_id = $1', [gone])).toEqual([]);
  });
});
