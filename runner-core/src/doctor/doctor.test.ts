import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Agent } from '../agents/agent.js';
import { createClaudeCode } from '../agents/claude-code/claude-code.js';
import { createAllowlist } from '../allowlist/real-path-allowlist.js';
import { ControlPlane } from '../control-plane/client.js';
import { Credentials } from '../credentials.js';
import { readIdentity } from '../identity.js';
import { ScriptedAgent } from '../testing/scripted-agent.js';
import { examine } from './examine.js';
import { brokenAs, type Finding } from './finding.js';

let home: string;
let server: Server | undefined;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'agentfleet-doctor-'));
});
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  rmSync(home, { recursive: true });
});

/** What Claude Code needs on Windows; no other system looks at it. */
function gitBash(): NodeJS.ProcessEnv {
  const bash = join(home, 'bash.exe');
  writeFileSync(bash, '');
  return { CLAUDE_CODE_GIT_BASH_PATH: bash };
}

const me = { org: { id: 'org_a', name: 'My fleet' }, key: { name: 'laptop', scopes: ['runner'] } };
const goodServer: RequestListener = (_request, response) => response.end(JSON.stringify(me));

interface Machine {
  directories?: string[];
  env?: NodeJS.ProcessEnv;
  agent?: Agent;
  runnerDir?: string;
}

async function findings(listener: RequestListener, machine: Machine = {}): Promise<Finding[]> {
  return at(`http://127.0.0.1:${await serve(listener)}`, machine);
}

/** @returns the port */
async function serve(listener: RequestListener): Promise<number> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function at(
  url: string,
  {
    directories = [home],
    env = { ...gitBash(), ANTHROPIC_API_KEY: 'sk' },
    agent = new ScriptedAgent(),
    runnerDir,
  }: Machine = {},
): Promise<Finding[]> {
  const found: Finding[] = [];
  const apiKey = 'af_live_test';
  const settings = { directories, url, apiKey, ...(runnerDir !== undefined && { runnerDir }) };
  const control = new ControlPlane({ url, apiKey, version: '1' });
  for await (const finding of examine(settings, control, agent, env)) found.push(finding);
  return found;
}

const failed = (found: Finding[]) => found.filter(({ ok }) => !ok);

test('a machine that has everything is fine in every point', async () => {
  const found = await findings(goodServer);
  expect(failed(found)).toEqual([]);
  expect(found.map(({ what }) => what).join('\n')).toMatch(
    /answers at[\s\S]*My fleet[\s\S]*clock[\s\S]*Claude Code 2[\s\S]*login[\s\S]*read and written/,
  );
});

const envelope = (status: number, code: string, message: string): RequestListener => {
  return (_request, response) => response.writeHead(status).end(JSON.stringify({ error: { code, message } }));
};

test('a machine that is enrolled is fine though its key has ended, and enrols again where its credential has', async () => {
  const credential = 'af_live_own';
  const keeping = new Credentials(
    { runnerDir: home, url: 'http://x', apiKey: 'af_live_test' },
    readIdentity(home).machineId,
  );
  keeping.keep(credential, 'run_test00000001');
  const taking = (taken: string): RequestListener => {
    return (request, response) =>
      request.headers.authorization === `Bearer ${taken}`
        ? response.end(JSON.stringify(me))
        : response.writeHead(401).end(JSON.stringify({ error: { code: 'UNAUTHORIZED', message: 'no' } }));
  };
  if (process.platform !== 'win32') {
    chmodSync(join(home, 'credential.json'), 0o644);
    const [readable] = failed(await findings(taking(credential), { runnerDir: home }));
    expect(JSON.stringify(readable)).toContain('Run: chmod 600');
    chmodSync(join(home, 'credential.json'), 0o600);
  }
  const enrolled = await findings(taking(credential), { runnerDir: home });
  expect(failed(enrolled)).toEqual([]);
  expect(enrolled.map(({ what }) => what)).toContain(
    'This machine is enrolled, and its own credential is good',
  );
  server?.close();
  const revoked = await findings(taking('af_live_test'), { runnerDir: home });
  expect(failed(revoked)).toEqual([]);
  expect(revoked.map(({ what }) => what)).toContain('The key belongs to My fleet');
  server?.close();
  const neither = await findings(taking('another'), { runnerDir: home });
  expect(failed(neither)).toMatchObject([{ what: 'The key is wrong, expired or revoked' }]);
});

test.each<[string, RequestListener, RegExp, RegExp]>([
  ['a wrong key', envelope(401, 'UNAUTHORIZED', 'no'), /key is wrong/, /Settings → API Keys/],
  [
    'a key without the scope',
    (_request, response) =>
      response.end(JSON.stringify({ ...me, key: { name: 'ci', scopes: ['runs:read'] } })),
    /“ci” lacks the scope runner/,
    /Create one that has it/,
  ],
  [
    'a server for its own computer',
    envelope(
      403,
      'FORBIDDEN',
      'This server answers to localhost only. Start it with HOST to serve other names',
    ),
    /answers to localhost only$/,
    /Start it with HOST/,
  ],
  [
    'a server whose database is away',
    envelope(503, 'UNAVAILABLE', 'The database does not answer'),
    /database does not answer/,
    /its log says more/,
  ],
  [
    'something else at the address',
    (_request, response) => response.writeHead(404).end('nothing here'),
    /not AgentFleet/,
    /Set AGENTFLEET_URL/,
  ],
  [
    'a clock that is behind',
    (_request, response) => {
      response.setHeader('date', new Date(Date.now() + 3_600_000).toUTCString());
      response.end(JSON.stringify(me));
    },
    /clock is 3\d{3} s behind/,
    /NTP/,
  ],
])('%s is found, with how to mend it, and only that', async (_what, listener, what, mend) => {
  const found = failed(await findings(listener));
  expect(found).toHaveLength(1);
  expect(found[0]?.what).toMatch(what);
  expect(found[0]?.mend).toMatch(mend);
});

test('an answer without a date says nothing of the clock', async () => {
  const found = await findings((_request, response) => {
    response.sendDate = false;
    response.end(JSON.stringify(me));
  });
  expect(found.some(({ what }) => what.includes('clock'))).toBe(false);
});

test.each([
  ['http://127.0.0.1:9', /nothing listens there/, /Start the server there/],
  ['http://nowhere.invalid', /its name/, /Correct the name/],
])('%s does not answer, and why is said', async (url, what, mend) => {
  const [first] = failed(await at(url));
  expect(first?.what).toMatch(what);
  expect(first?.mend).toMatch(mend);
});

test('a server without HTTPS that is asked by it is recognised', async () => {
  const [first] = failed(await at(`https://127.0.0.1:${await serve(goodServer)}`));
  expect(first?.mend).toContain('begin with http://');
});

test('directories that are missing, no directories or closed to this user are named', async () => {
  const file = join(home, 'file');
  writeFileSync(file, '');
  const closed = join(home, 'closed');
  mkdirSync(closed, { mode: 0o500 });
  const gone = join(home, 'gone');
  const found = failed(await findings(goodServer, { directories: [gone, file, closed, home] }));
  const expected = [`${gone} does not exist`, `${file} is not a directory`];
  // Root may write everywhere, and Windows has no such modes.
  const everywhere = process.platform === 'win32' || process.getuid?.() === 0;
  if (!everywhere) expected.push(`${closed} cannot be read and written by this user`);
  expect(found.map(({ what }) => what)).toEqual(expected);
});

test.skipIf(process.platform === 'win32')(
  'a directory is what the runner’s own allowlist takes it for, also through links and in other spellings',
  async () => {
    const real = realpathSync(home);
    const [code, link, nowhere, loop] = ['code', 'link', 'nowhere', 'loop'].map((name) =>
      join(real, name),
    ) as [string, string, string, string];
    mkdirSync(code);
    symlinkSync(code, link);
    symlinkSync(join(real, 'gone'), nowhere);
    symlinkSync(loop, loop);
    const file = join(real, 'file');
    writeFileSync(file, '');
    symlinkSync(file, join(real, 'to-file'));
    const composed = join(real, 'caf\u00e9');
    mkdirSync(composed);
    const decomposed = join(real, 'cafe\u0301');
    const directories = [code, `${code}/`, link, nowhere, loop, join(real, 'to-file'), composed, decomposed];
    const found = (await findings(goodServer, { directories })).slice(-directories.length);
    expect(found.map(({ what }) => what.replaceAll(real, ''))).toEqual([
      '/code can be read and written',
      '/code/, which is really /code, can be read and written',
      '/link, which is really /code, can be read and written',
      '/nowhere is a link that leads nowhere',
      '/loop is a link that leads nowhere',
      '/to-file is not a directory',
      '/caf\u00e9 can be read and written',
      // Some file systems hold both spellings for one.
      existsSync(decomposed)
        ? '/cafe\u0301, which is really /caf\u00e9, can be read and written'
        : '/cafe\u0301 does not exist',
    ]);
    const allowlist = createAllowlist(directories);
    const allowed = await Promise.all(directories.map(async (each) => (await allowlist.check(each)).ok));
    expect(found.map(({ ok }) => ok)).toEqual(allowed);
  },
);

// Root may look everywhere, and Windows has no such modes: `.ci/lanes/ordinary-user` runs it.
test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
  'a directory below one that is closed to this user is said to be, not to be missing',
  async () => {
    const closed = join(home, 'closed');
    mkdirSync(join(closed, 'code'), { recursive: true });
    chmodSync(closed, 0o000);
    const [found] = failed(await findings(goodServer, { directories: [join(closed, 'code')] }));
    chmodSync(closed, 0o700);
    expect(found).toEqual({
      ok: false,
      what: `${join(closed, 'code')} cannot be looked at by this user`,
      mend: 'Give this user the right to the folders above it.',
    });
  },
);

test('what Claude Code refuses here is told, and is no fault', async () => {
  const agent = new ScriptedAgent();
  const refuses = [{ mode: 'bypassPermissions' as const, message: 'Claude Code refuses the mode to root.' }];
  agent.probed = { ok: true, path: '/c', version: '2.1.200', refuses };
  const found = await findings(goodServer, { agent });
  expect(found).toContainEqual({ ok: true, what: 'Claude Code refuses the mode to root' });
});

test('Claude Code that is missing, outdated or logged out is told apart', async () => {
  const [missing] = failed(
    await findings(goodServer, {
      agent: createClaudeCode({ executable: join(home, 'claude'), env: {} }),
    }),
  );
  expect(missing).toMatchObject({ what: expect.stringContaining('is no executable file') });
  const agent = new ScriptedAgent();
  const message = 'Claude Code 2.1.100 is older than 2.1.163. Run `claude update`, or install it again.';
  agent.probed = { ok: false, failure: { code: 'agent_outdated', message }, path: '/c', version: '2.1.100' };
  expect(failed(await findings(goodServer, { agent }))).toEqual([
    {
      ok: false,
      what: 'Claude Code 2.1.100 is older than 2.1.163',
      mend: 'Run `claude update`, or install it again.',
    },
  ]);
  const out = failed(await findings(goodServer, { env: { ...gitBash(), HOME: home } }));
  if (process.platform === 'darwin') return;
  expect(out).toMatchObject([{ what: 'No login of Claude Code was found' }]);
});

test.each([
  ['X is not set. Set it to y, e.g. https://z', 'X is not set', 'Set it to y, e.g. https://z'],
  ['Claude 2.1.100 is older than 2.1.163. Run it.', 'Claude 2.1.100 is older than 2.1.163', 'Run it.'],
  ['Only one sentence.', 'Only one sentence', undefined],
])('%j is told as what is wrong and what to do', (message, what, mend) => {
  expect(brokenAs(message)).toEqual({ ok: false, what, ...(mend && { mend }) });
});
