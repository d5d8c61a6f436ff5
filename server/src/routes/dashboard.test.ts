import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Koa from 'koa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiError } from '../errors.js';
import type { State } from '../http/app.js';
import { sendDashboard } from './dashboard.js';

const secret = 'nobody may read this';
const home = mkdtempSync(join(tmpdir(), 'agentfleet-dashboard-'));
const dashboard = join(home, 'dist');
let server: Server;

beforeAll(async () => {
  for (const directory of ['dist/assets', 'dist-other'])
    mkdirSync(join(home, directory), { recursive: true });
  const files = {
    'dist/index.html': '<title>AgentFleet</title>',
    'dist/assets/index-BiFt_7m-.js': 'the script',
    'dist/favicon.svg': '<svg/>',
    'dist/.env.local': secret,
    'secret.txt': secret,
    'dist-other/secret.txt': secret,
    // What a backslash or a colon stands for elsewhere is part of a name here.
    'dist/..\\secret.txt': secret,
    'dist/C:secret.txt': secret,
    'dist/index.html::$DATA.txt': secret,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home, name), text);
  const app = new Koa<State>();
  app.use((context) =>
    sendDashboard(context, dashboard).catch((error) => {
      if (!(error instanceof ApiError)) throw error;
      context.status = error.status;
      context.body = error.envelope();
    }),
  );
  server = createServer(app.callback());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(home, { recursive: true, force: true });
});

/** GET of a path as it stands: fetch would resolve its dots first. */
function get(path: string, accept = '*/*'): Promise<{ status: number; type: string; body: string }> {
  return new Promise((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    request({ host: '127.0.0.1', port, path, headers: { accept } }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text) => {
        body += text;
      });
      const { statusCode: status = 0, headers } = answer;
      answer.on('end', () => resolve({ status, type: headers['content-type'] ?? '', body }));
    })
      .on('error', reject)
      .end();
  });
}

test('a file of the dashboard is sent with its type, every other address is the dashboard', async () => {
  expect(await get('/assets/index-BiFt_7m-.js')).toMatchObject({
    status: 200,
    type: 'text/javascript; charset=utf-8',
    body: 'the script',
  });
  expect(await get('/favicon.svg')).toMatchObject({ status: 200, type: 'image/svg+xml' });
  for (const view of ['/', '/sessions/clr1', '/settings/api-keys', '/runners/run_1?tab=a.b']) {
    expect(await get(view, 'text/html')).toMatchObject({ status: 200, body: '<title>AgentFleet</title>' });
  }
  expect((await get('/assets/gone.js')).status).toBe(404);
  expect((await get('/sessions/clr1', 'application/json')).status).toBe(404);
});

const absolute = encodeURIComponent(join(home, 'secret.txt'));
test.each([
  '/../secret.txt',
  '/..%2fsecret.txt',
  '/..%2Fsecret.txt',
  '/%2e%2e%2fsecret.txt',
  '/%2e%2e/secret.txt',
  '/assets/..%2f..%2fsecret.txt',
  '/assets/../../secret.txt',
  '/..%2fdist-other%2fsecret.txt',
  '/..%5csecret.txt',
  '/..\\secret.txt',
  '/..%255csecret.txt',
  '/..%252fsecret.txt',
  '/%252e%252e%252fsecret.txt',
  '/..%c0%afsecret.txt',
  '/..%2fsecret.txt%00.js',
  '/assets/index.js%00..%2f..%2f..%2fsecret.txt',
  '/.%2e%2fsecret.txt',
  '/....//secret.txt',
  '//secret.txt',
  `/${absolute}`,
  `/%2f${absolute}`,
  '/C:secret.txt',
  '/C%3asecret.txt',
  '/C:%5csecret.txt',
  '/%5c%5cserver%5cshare%5csecret.txt',
  '/index.html::$DATA.txt',
  '/.env.local',
  '/%2eenv.local',
  '/con.txt',
  '/%',
  '/%zz.txt',
])('%s gives nothing away', async (path) => {
  for (const accept of ['*/*', 'text/html', 'application/json']) {
    const { status, body } = await get(path, accept);
    expect(body).not.toContain(secret);
    expect([200, 404]).toContain(status);
    if (status === 200) expect(body).toBe('<title>AgentFleet</title>');
  }
});
