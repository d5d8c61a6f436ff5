import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Me, Runner, WindowScope } from '@agentfleet/contract';
import { ControlPlane, connectComputer, examine } from '@agentfleet/runner-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Fleet } from './fleet.js';
import { type ModelServer, startModelServer, text } from './model-server.js';

// What a computer keeps in place of a key that it was given, against the built server.
let model: ModelServer;
let fleet: Fleet;
const directories: string[] = [];
beforeAll(async () => {
  model = await startModelServer(() => [text('done')]);
  fleet = await Fleet.start(model, { daemon: false });
}, 60_000);
afterAll(async () => {
  await fleet.close();
  await model.close();
});
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

function aComputer() {
  const runnerDir = mkdtempSync(join(tmpdir(), 'agentfleet-computer-'));
  directories.push(runnerDir);
  const offers = {
    name: 'mill',
    directories: [],
    permissionModes: ['default' as const],
    maxConcurrentRuns: 1,
  };
  const settings = { url: fleet.url, runnerDir, ...offers };
  const connect = (apiKey: string, scopes: WindowScope[] = []) =>
    connectComputer({ settings, apiKey, scopes, version: '0.1.0' });
  return { runnerDir, settings, connect };
}
const keyWith = async (scopes: string[]) =>
  (
    (await (await fleet.request('POST', '/api-keys', { name: scopes.join(), scopes })).json()) as {
      key: string;
    }
  ).key;
const me = (apiKey: string) => new ControlPlane({ url: fleet.url, apiKey, version: '0.1.0' }).call('getMe');
const stored = (runnerDir: string) => readFileSync(join(runnerDir, 'credential.json'), 'utf8');

test('a key becomes a credential of the runner and a key of the window, for the same runner each time', async () => {
  const { runnerDir, settings, connect } = aComputer();
  const key = await keyWith(['runner']);
  const opened = await connect(key);
  const { windowOf, scopes } = (await me(opened?.key.key ?? '')).key as Me['key'];
  expect(scopes).toEqual([]);
  const runner = await fleet.get<Runner>(`/runners/${windowOf}`);
  expect(runner).toMatchObject({ name: 'mill', online: false, credential: { enrolledBy: 'runner' } });
  expect(stored(runnerDir)).not.toContain(key);
  expect(stored(runnerDir)).not.toContain(opened?.key.key);

  const again = await connect(fleet.key, ['runs:write']);
  expect(again?.key).toMatchObject({ windowOf, id: opened?.key.id, scopes: ['runs:write'] });
  await expect(me(opened?.key.key ?? '')).rejects.toMatchObject({ code: 'UNAUTHORIZED' });

  // The runner is started with the window's key, and has its credential by it.
  const apiKey = again?.key.key ?? '';
  const server = new ControlPlane({ url: fleet.url, apiKey, version: '0.1.0' });
  const agent = { probe: async () => ({ ok: true, version: '1', path: 'claude', refuses: [] }) };
  const found: boolean[] = [];
  for await (const { ok, what } of examine({ ...settings, apiKey }, server, agent as never, {
    ANTHROPIC_API_KEY: 'x',
  }))
    if (/enrolled|belongs|revoked|scope/.test(what)) found.push(ok);
  expect(found).toEqual([true, true]);
});

test('a computer whose credential was revoked is connected anew, and one that a key may not connect is told why', async () => {
  const { connect } = aComputer();
  const first = await connect(fleet.key);
  await fleet.request('DELETE', `/runners/${first?.key.windowOf}/credential`);
  expect((await connect(fleet.key))?.key.windowOf).toBe(first?.key.windowOf);
  await expect(aComputer().connect(await keyWith(['runs:write']))).rejects.toThrow('lacks the scope runner');
});
