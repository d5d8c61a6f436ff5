import { randomBytes } from 'node:crypto';
import { formatApiKey } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { ApiKeyHolder, keychainService } from './api-key.js';
import type { KeyStore } from './key-store.js';

const server = 'https://fleet.example';
const key = formatApiKey(randomBytes);

function memoryStore(items: Record<string, string> = {}): KeyStore {
  return {
    name: 'memory',
    getPassword: async (service, account) => (service === keychainService ? (items[account] ?? null) : null),
    setPassword: async (_service, account, password) => {
      items[account] = password;
    },
    deletePassword: async (_service, account) => delete items[account],
  };
}
const refuse = () => Promise.reject(new Error('no secret service'));
const brokenStore: KeyStore = {
  name: 'broken',
  getPassword: refuse,
  setPassword: refuse,
  deletePassword: refuse,
};

test('a key is found again after a restart, for its own server alone', async () => {
  const items = {};
  await new ApiKeyHolder(memoryStore(items), {}).keep(server, key, 'keychain');
  const holder = new ApiKeyHolder(memoryStore(items), {});
  await holder.load(server);
  expect(holder.for(server)).toBe(key);
  expect(holder.for('https://evil.example')).toBeUndefined();
  await holder.load('https://evil.example');
  expect(holder.for('https://evil.example')).toBeUndefined();
});

test('what may be shown of a key does not hold the key', async () => {
  const holder = new ApiKeyHolder(memoryStore(), {});
  await holder.keep(server, key, 'session');
  const { source, hint } = holder.state(server);
  expect(source).toBe('session');
  expect(hint).toMatch(/^af_live_.{4}….{4}$/);
});

test('a key for this session only reaches no store', async () => {
  const items = {};
  const holder = new ApiKeyHolder(memoryStore(items), {});
  await holder.keep(server, key, 'session');
  await holder.load(server);
  expect(items).toEqual({});
  expect(holder.for(server)).toBe(key);
});

test('without a keychain the state says so and the key that works goes on working', async () => {
  const holder = new ApiKeyHolder(brokenStore, {});
  await holder.load(server);
  expect(holder.state(server)).toEqual({
    source: 'none',
    hint: null,
    keychainProblem: 'no secret service',
    store: 'refused',
  });
  await holder.keep(server, key, 'session');
  await expect(holder.keep(server, formatApiKey(randomBytes), 'keychain')).rejects.toThrow(
    'no secret service',
  );
  expect(holder.for(server)).toBe(key);
});

test('the environment’s key comes first, and only for its own server', async () => {
  const env = { AGENTFLEET_API_KEY: key, AGENTFLEET_URL: `${server}/` };
  const holder = new ApiKeyHolder(memoryStore(), env);
  expect(holder.state(server).source).toBe('environment');
  expect(holder.for('https://other.example')).toBeUndefined();
});

test('the environment’s server is the same one however it is spelt, and what is no server gets no key', () => {
  const holderFor = (url: string) =>
    new ApiKeyHolder(memoryStore(), { AGENTFLEET_API_KEY: key, AGENTFLEET_URL: url });
  const spelt = holderFor(server.replace('https://', 'HTTPS://').toUpperCase());
  expect(spelt.for(server)).toBe(key);
  expect(spelt.environmentServer).toBe(server);
  expect(holderFor('not an address').for(server)).toBeUndefined();
  expect(holderFor('not an address').environmentServer).toBeUndefined();
});

test('a key in the environment that is none is not used, and is said to be none', () => {
  const holder = new ApiKeyHolder(memoryStore(), { AGENTFLEET_API_KEY: 'af_live_typo' });
  expect(holder.for(server)).toBeUndefined();
  expect(holder.environmentProblem).toMatch(/holds no AgentFleet key/);
  expect(new ApiKeyHolder(memoryStore(), { AGENTFLEET_API_KEY: '' }).environmentProblem).toBeUndefined();
});

test('a keychain that is not needed is not asked: it might be locked and wait for a password', async () => {
  const locked: KeyStore = { ...memoryStore(), getPassword: () => new Promise(() => undefined) };
  const holder = new ApiKeyHolder(locked, { AGENTFLEET_API_KEY: key });
  await holder.load(server);
  expect(holder.for(server)).toBe(key);
});

test('a forgotten key is gone from memory and from the keychain', async () => {
  const items = {};
  const holder = new ApiKeyHolder(memoryStore(items), {});
  await holder.keep(server, key, 'keychain');
  await holder.forget(server);
  expect(holder.for(server)).toBeUndefined();
  expect(items).toEqual({});
});

test('a key that the keychain would not give up is out of use, and the person is told that it is still kept', async () => {
  const items = {};
  const store = memoryStore(items);
  const holder = new ApiKeyHolder(store, {});
  await holder.keep(server, key, 'keychain');
  store.deletePassword = refuse;
  await expect(holder.forget(server)).rejects.toThrow('still kept');
  expect(holder.for(server)).toBeUndefined();
});

test('a keychain that answers late does not take away the key that was pasted meanwhile', async () => {
  let answer: (password: string | null) => void = () => undefined;
  const store = memoryStore();
  store.getPassword = () =>
    new Promise((resolve) => {
      answer = resolve;
    });
  const holder = new ApiKeyHolder(store, {});
  const loading = holder.load(server);
  expect(holder.state(server).keychainProblem).toContain('has not answered yet');
  await holder.keep(server, key, 'session');
  answer(null);
  await loading;
  expect(holder.for(server)).toBe(key);
});
