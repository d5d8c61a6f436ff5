import { afterAll, beforeAll, expect, test } from 'vitest';
import { DatabaseLink } from '../testing/database-link.js';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { startTestServer, type TestServer } from '../testing/server.js';

let postgres: TestPostgres;
let link: DatabaseLink;
let server: TestServer;
beforeAll(async () => {
  postgres = await startTestPostgres();
  link = await DatabaseLink.to(postgres.url);
  server = await startTestServer({ databaseUrl: link.url });
});
afterAll(async () => {
  await server?.close();
  await link?.close();
  await postgres?.stop();
});

interface Line {
  level: number;
  msg: string;
  err?: { at: string[] };
}

test('an outage while many watch and many ask is a few lines of the log, and none of them repeats a stack', async () => {
  const body = { prompt: 'x', cwd: '/code' };
  const { id } = (await (await server.call('POST', '/api/v1/runs', { body })).json()) as { id: string };
  const headers = { accept: 'text/event-stream' };
  const streams = await Promise.all(
    Array.from({ length: 60 }, (_one, index) =>
      server.call('GET', index % 2 ? `/api/v1/runs/${id}/events` : '/api/v1/stream', { headers }),
    ),
  );
  server.logged.length = 0;
  link.goAway();
  const asked = async () => (await server.call('GET', '/api/v1/runs')).status;
  for (let round = 0; round < 5; round += 1)
    expect(new Set(await Promise.all(Array.from({ length: 40 }, asked)))).toEqual(new Set([503]));
  // What watches the run ends when it looks; what watches the org looks at nothing.
  await Promise.all(streams.filter((_one, index) => index % 2).map((stream) => stream.text()));
  const lines = server.logged.map((line) => JSON.parse(line) as Line).filter(({ level }) => level >= 40);
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.length).toBeLessThan(6);
  expect(lines.filter(({ err }) => err)).toEqual([]);
  link.returns();
  for (const stream of streams) stream.body?.cancel().catch(() => undefined);
});
