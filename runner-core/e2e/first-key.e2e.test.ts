import { cpSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Program, until } from './program.js';

// `npm run server` where nobody watches: what it says goes into a log.
let home: string;
let settings: NodeJS.ProcessEnv;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'agentfleet-first-key-'));
  settings = { PORT: '0', AGENTFLEET_DATA_DIR: join(home, 'data') };
  const template = process.env.TEST_EMBEDDED_TEMPLATE;
  if (template) cpSync(template, join(home, 'data'), { recursive: true });
});
afterAll(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));

async function served(more: NodeJS.ProcessEnv = {}): Promise<Program> {
  const server = new Program('server/dist/main.js', [], home, { ...settings, ...more });
  await until(() => server.said.includes('is serving at') || server.hasEnded);
  await server.end('SIGTERM');
  return server;
}

test('a server without a terminal tells no key, but how to make one; a file that it is given gets it', {
  timeout: 180_000,
}, async () => {
  const { said } = await served();
  expect(said).not.toContain('af_live_');
  expect(said).toContain('npm run agentfleet -- create-key --name "my key" --scopes admin');

  const file = join(home, 'first-key');
  await writeFile(file, 'of somebody else');
  const refused = await served({ AGENTFLEET_FIRST_KEY_FILE: file });
  expect(refused.said).toContain('AGENTFLEET_FIRST_KEY_FILE cannot be written');
  expect(await readFile(file, 'utf8')).toBe('of somebody else');
  await rm(file);

  expect((await served({ AGENTFLEET_FIRST_KEY_FILE: file })).said).not.toContain('af_live_');
  expect(await readFile(file, 'utf8')).toMatch(/^af_live_[0-9A-Za-z]{38}\n$/);
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  expect((await served()).said).not.toContain('create-key');
});
