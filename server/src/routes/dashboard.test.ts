import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Koa from 'koa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiError } from '../errors.js';
import type { State } from '../http/context.js';
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
    'dist/assets/index-BiFt_7m-.js.br': 'the script as br',
    'dist/assets/index-BiFt_7m-.js.gz': 'the script as gzip',
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

interface Got {
  status: number;
  type: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** GET of a path as it stands: fetch would resolve its dots first. */
function get(path: string, accept = '*/*', more: Record<string, string> = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    request({ host: '127.0.0.1', port, path, headers: { accept, ...more } }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text) => {
        body += text;
      });
      const { statusCode: status = 0, headers } = answer;
      answer.on('end', () => resolve({ status, type: headers['content-type'] ?? '', headers, body }));
    })
      .on('error', reject)
      .end();
  });
}

test('a file is sent compressed as the build left it, to who takes it, and not at all to who has it', async () => {
  const path = '/assets/index-BiFt_7m-.js';
  const plain = await get(path, '*/*', { 'accept-encoding': 'identity' });
  expect(plain).toMatchObject({ status: 200, body: 'the script' });
  expect(plain.headers).toMatchObject({ 'cache-control': 'public, max-age=31536000, immutable' });
  for (const [accepted, coding] of [
    ['gzip, deflate, br', 'br'],
    ['gzip', 'gzip'],
  ] as const) {
    const { body, headers, type } = await get(path, '*/*', { 'accept-encoding': accepted });
    expect(body).toBe(`the script as ${coding}`);
    expect(type).toBe('text/javascript; charset=utf-8');
    expect(headers).toMatchObject({
      'content-encoding': coding,
      'content-length': String(body.length),
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'Accept-Encoding',
    });
  }
  // One that the build found too small.
  expect(await get('/favicon.svg', '*/*', { 'accept-encoding': 'br' })).toMatchObject({ body: '<svg/>' });
  const page = await get('/', 'text/html');
  expect(page.headers).toMatchObject({ 'cache-control': 'no-cache', vary: 'Accept, Accept-Encoding' });
  const again = await get('/sessions/clr1', 'text/html', { 'if-none-match': page.headers.etag ?? '' });
  expect(again).toMatchObject({ status: 304, body: '' });
});

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
