import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppSettings, type AppSettings as Settings } from '@agentfleet/bridge';
import { formatApiKey } from '@agentfleet/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestControlApi } from '../../../../runner-core/src/testing/control-api.js';
import { ScriptedAgent } from '../../../../runner-core/src/testing/scripted-agent.js';
import { runnerSettings } from '../app/runner-settings.js';
import { Owner } from '../guard/owner.js';
import { ApiKeyHolder } from '../keys/api-key.js';
import type { KeyStore } from '../keys/key-store.js';
import { RunnerHost } from '../runner/runner-host.js';
import { otherSettings } from '../testing.js';
import { SettingsChanges } from './settings-changes.js';
import { SettingsStore } from './settings-store.js';

const key = formatApiKey(randomBytes);
let folder: string;
let api: TestControlApi;
let other: TestControlApi;
let agent: ScriptedAgent;
let host: RunnerHost;
let store: SettingsStore;
let keys: ApiKeyHolder;
let changes: SettingsChanges;
let asked: string[];
let troubles: string[];
/** Of which runner's window a key is that takes the place of a new one. */
let windowOf: string | null;
/** When each was asked for. */
let exchanged: string[];
/** The button that the next questions are answered with; none is the one that changes nothing. */
let answer: RegExp | undefined;

const items: Record<string, string> = {};
const keychain: KeyStore = {
  name: 'memory',
  getPassword: async (_service, account) => items[account] ?? null,
  setPassword: async (_service, account, password) => {
    items[account] = password;
  },
  deletePassword: async (_service, account) => delete items[account],
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'agentfleet-changes-'));
  [api, other] = await Promise.all([new TestControlApi().listen(), new TestControlApi().listen()]);
  agent = new ScriptedAgent();
  agent.script = () => undefined;
  asked = [];
  troubles = [];
  answer = undefined;
  windowOf = null;
  exchanged = [];
  for (const name of Object.keys(items)) delete items[name];
  items[api.url] = key;
  const env = { AGENTFLEET_RUNNER_DIR: join(folder, '.runner') };
  host = new RunnerHost({ version: '1', env: {}, log: () => undefined, createAgent: () => agent });
  store = new SettingsStore(join(folder, 'settings.json'), 'mill');
  keys = new ApiKeyHolder(keychain, {});
  store.save({ server: api.url, directories: [folder] });
  await keys.load(api.url);
  const configure = () =>
    host.configure(runnerSettings(store.settings, keys.for(store.settings.server), env));
  changes = new SettingsChanges(
    {
      store,
      keys,
      host,
      ownKey: async (server, text) => {
        exchanged.push(server);
        return { text, runnerId: windowOf };
      },
      findServer: async (typed) => {
        if (typed.includes('typo')) throw new Error(`${typed} does not answer`);
        return typed;
      },
      say: (text) => troubles.push(text),
      // What widens is asked about by tests of its own.
      owner: new Owner(async () => 1, { home: '/home/ann', own: [] }),
      ask: async ({ message, buttons, cancelId }) => {
        asked.push(message);
        const button = answer ? buttons.findIndex((words) => answer?.test(words)) : -1;
        return button === -1 ? (cancelId ?? 0) : button;
      },
    },
    configure,
  );
  configure();
  await expect.poll(() => host.status.phase).toBe('online');
});
afterEach(async () => {
  await host.end('cancel');
  await Promise.all([api.close(), other.close()]);
  rmSync(folder, { recursive: true });
});

async function twoSessions(): Promise<string[]> {
  const ids = [api.launch({ cwd: folder }).id, api.launch({ cwd: folder }).id];
  await expect.poll(() => agent.sessions.length).toBe(2);
  return ids;
}

/** They start side by side, in any order. */
const sessionOf = (id: string | undefined) => agent.sessions.find(({ request }) => request.runId === id);
const running = () => host.status.running.map(({ id }) => id);
const statuses = (ids: string[]) => ids.map((id) => api.stored(id).finish?.status);

/** Another value for every setting there is. */
const others = (): Settings => ({
  ...otherSettings(folder),
  server: other.url,
  servers: [other.url],
  directories: [],
});
const names = AppSettings.keyof().options;

test.each(names)(
  '%s changed while two sessions run ends neither of them, whatever is answered',
  async (name) => {
    const ids = await twoSessions();
    const value = others()[name];
    items[other.url] = formatApiKey(randomBytes);
    // First the question, where there is one, is dismissed; then they may finish.
    await changes.apply({ [name]: value });
    const isAsked = asked.length > 0;
    expect(isAsked).toBe(name === 'server' || name === 'directories');
    if (isAsked) expect(store.settings[name]).not.toEqual(value);
    answer = /^(Wait|Let)/;
    await changes.apply({ [name]: value });
    expect(running()).toEqual(ids);
    for (const session of agent.sessions) expect(session.asked).toEqual([]);
    for (const session of agent.sessions) session.end();
    await expect.poll(() => statuses(ids)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    await expect.poll(() => store.settings[name]).toEqual(value);
  },
);

test('the old connection stays until the sessions have ended, and the change can be taken back', async () => {
  const ids = await twoSessions();
  items[other.url] = formatApiKey(randomBytes);
  answer = /^Wait/;
  expect(await changes.apply({ server: other.url })).toEqual({ outcome: 'waits', server: other.url });
  expect(changes.next).toEqual({ server: other.url });
  expect(store.settings.server).toBe(api.url);
  expect(keys.for(api.url)).toBe(key);
  expect(host.status).toMatchObject({ phase: 'draining', reason: expect.stringContaining(other.url) });
  changes.stay();
  expect(changes.next).toBeNull();
  expect(host.status.phase).toBe('online');
  await changes.apply({ server: other.url });
  sessionOf(ids[0])?.end();
  await expect.poll(() => running()).toEqual(ids.slice(1));
  expect(store.settings.server).toBe(api.url);
  sessionOf(ids[1])?.end();
  await expect.poll(() => other.requests('registerRunner').length).toBe(1);
  expect(statuses(ids)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
  expect(store.settings.server).toBe(other.url);
});

test('what is changed while a move waits is not taken back by it', async () => {
  const [first = ''] = await twoSessions();
  items[other.url] = formatApiKey(randomBytes);
  answer = /^Wait/;
  await changes.apply({ server: other.url, maxConcurrentRuns: 9, name: 'attic' });
  await changes.apply({ maxConcurrentRuns: 2 });
  for (const session of agent.sessions) session.end();
  await expect.poll(() => store.settings.server).toBe(other.url);
  expect(store.settings).toMatchObject({ maxConcurrentRuns: 2, name: 'attic' });
  await expect.poll(() => api.stored(first).finish?.status).toBe('SUCCEEDED');
});

test('sessions that shall be stopped are, and their server knows before it is left', async () => {
  const ids = await twoSessions();
  items[other.url] = formatApiKey(randomBytes);
  answer = /^Stop/;
  await changes.apply({ server: other.url });
  await expect.poll(() => other.requests('registerRunner').length).toBe(1);
  expect(statuses(ids)).toEqual(['CANCELLED', 'CANCELLED']);
});

test('an address that does not answer, or has no key yet, is not moved to', async () => {
  await twoSessions();
  await expect(changes.apply({ server: 'https://typo.example' })).rejects.toThrow('does not answer');
  expect(await changes.apply({ server: other.url })).toEqual({ outcome: 'key-needed', server: other.url });
  expect(store.settings.server).toBe(api.url);
  expect(host.status).toMatchObject({ phase: 'online', running: [{}, {}] });
  expect(asked).toEqual([]);
});

test('a new key for the same server waits for the sessions of the old one', async () => {
  await twoSessions();
  const next = formatApiKey(randomBytes);
  answer = /^Wait/;
  await changes.connect(api.url, { text: next, where: 'keychain' });
  expect(keys.for(api.url)).toBe(key);
  for (const session of agent.sessions) session.end();
  await expect.poll(() => keys.for(api.url)).toBe(next);
  expect(items[api.url]).toBe(next);
  expect(troubles).toEqual([]);
});

test('without encryption a key goes to another computer only when a person lets it', async () => {
  const typed = 'http://fleet.example';
  items[typed] = key;
  expect(await changes.apply({ server: typed })).toMatchObject({ outcome: 'declined' });
  expect(asked).toEqual(['Send the key to http://fleet.example without encryption?']);
  expect(store.settings.server).toBe(api.url);
  answer = /^Send it/;
  expect(await changes.mayBeSent(typed)).toBe(true);
  expect(await changes.apply({ server: typed })).toMatchObject({ outcome: 'applied' });
  expect(asked).toHaveLength(2);
});

test('where a folder is taken away the sessions in it may be stopped, and the others go on', async () => {
  const kept = mkdtempSync(join(tmpdir(), 'agentfleet-kept-'));
  store.save({ directories: [folder, kept] });
  await changes.apply({ name: 'attic' });
  const inside = api.launch({ cwd: folder });
  await expect.poll(() => agent.sessions.length).toBe(1);
  const outside = api.launch({ cwd: kept });
  await expect.poll(() => agent.sessions.length).toBe(2);
  answer = /^Stop/;
  await changes.apply({ directories: [kept] });
  await expect.poll(() => api.stored(inside.id).finish?.status).toBe('CANCELLED');
  expect(running()).toEqual([outside.id]);
  rmSync(kept, { recursive: true });
});

test('a key for another runner is exchanged before it can run out, and used when what runs has ended', async () => {
  const ids = await twoSessions();
  answer = /^Wait/;
  const given = formatApiKey(randomBytes);
  expect(await changes.connect(other.url, { text: given, where: 'session' })).toMatchObject({
    outcome: 'waits',
  });
  expect(exchanged).toEqual([other.url]);
  expect(keys.for(other.url)).toBeUndefined();
  for (const session of agent.sessions) session.end();
  await expect.poll(() => statuses(ids)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
  await expect.poll(() => keys.for(other.url)).toBe(given);
  expect(exchanged).toEqual([other.url]);
});

test('another key of the runner that works is the window’s at once, and ends nothing', async () => {
  const ids = await twoSessions();
  answer = /^Wait/;
  windowOf = host.status.runnerId;
  const given = formatApiKey(randomBytes);
  expect(await changes.connect(api.url, { text: given, where: 'session' })).toMatchObject({
    outcome: 'applied',
  });
  expect(keys.for(api.url)).toBe(given);
  expect(running()).toEqual(ids);
  for (const session of agent.sessions) session.end();
  await expect.poll(() => statuses(ids)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
  await expect.poll(() => host.status.phase).toBe('online');
});

test('servers that were connected are remembered with their keys, and one without a key is not', async () => {
  items[other.url] = formatApiKey(randomBytes);
  await changes.apply({ server: other.url });
  expect(store.settings.servers).toEqual([other.url, api.url]);
  await changes.apply({ server: api.url });
  expect(store.settings.servers).toEqual([api.url, other.url]);
  expect(keys.for(api.url)).toBe(key);
  delete items[other.url];
  await keys.load(other.url);
  expect(await changes.apply({ server: other.url })).toEqual({ outcome: 'key-needed', server: other.url });
  expect(store.settings.server).toBe(api.url);
});
