import { randomBytes } from 'node:crypto';
import { formatApiKey } from '@agentfleet/contract';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ApiKeyHolder, keychainService } from './api-key.js';
import { combineKeyStores, KeychainError } from './key-store.js';
import { lookAtKeychain } from './keychain-watch.js';
import { nativeKeyStores } from './native-stores.js';
import { canRunKeyring, KeyringDesktop } from './secret-service.js';

const server = 'https://fleet.example';
const key = formatApiKey(randomBytes);
const stores = await nativeKeyStores(console.warn);
const newHolder = () => new ApiKeyHolder(combineKeyStores(stores), {});

if (!canRunKeyring)
  console.warn(
    'keychain: SKIPPED, this machine has no dbus and gnome-keyring (Debian: apt install dbus gnome-keyring).',
  );
const onKeyring = test.runIf(canRunKeyring);

const desktop = new KeyringDesktop();
beforeAll(async () => {
  if (canRunKeyring) await desktop.start();
});
beforeEach(async () => {
  if (canRunKeyring) await desktop.wipe();
});
afterAll(() => desktop.stop());

test('this installation has a way to the keychain', () => {
  expect(stores.map(({ name }) => name)).toContain('keyring');
});

onKeyring.each(stores)('a real keychain keeps, gives and forgets by way of $name', async (store) => {
  await desktop.runKeyring('unlocked');
  expect(await store.getPassword(keychainService, server)).toBeNull();
  await store.setPassword(keychainService, server, key);
  expect(await store.getPassword(keychainService, server)).toBe(key);
  expect(await store.getPassword(keychainService, 'https://other.example')).toBeNull();
  expect(await store.deletePassword(keychainService, server)).toBe(true);
  expect(await store.getPassword(keychainService, server)).toBeNull();
});

onKeyring('a key is there again after the computer was restarted', async () => {
  await desktop.runKeyring('unlocked');
  await newHolder().keep(server, key, 'keychain');
  await desktop.runKeyring('unlocked');
  const holder = newHolder();
  await holder.load(server);
  expect(holder.state(server)).toMatchObject({ source: 'keychain', keychainProblem: null });
  expect(holder.for(server)).toBe(key);
});

onKeyring(
  'a locked keychain is said to be locked, not to be empty, and gives the key once unlocked',
  async () => {
    await desktop.runKeyring('unlocked');
    await newHolder().keep(server, key, 'keychain');
    await desktop.runKeyring('locked');
    const holder = newHolder();
    await holder.load(server);
    expect(holder.state(server)).toMatchObject({
      source: 'none',
      keychainProblem: 'The keychain is locked. Unlock it, then try again.',
    });
    await expect(holder.keep(server, key, 'keychain')).rejects.toThrow('locked');
    await desktop.runKeyring('unlocked');
    await holder.load(server);
    expect(holder.for(server)).toBe(key);
  },
);

onKeyring('where no keychain runs that is said, and nothing is kept', async () => {
  const holder = newHolder();
  await holder.load(server);
  expect(holder.state(server).keychainProblem).toContain('No keychain answers on this desktop');
  await expect(holder.keep(server, key, 'keychain')).rejects.toThrow(KeychainError);
  expect(holder.for(server)).toBeUndefined();
});

onKeyring('whether it is there and unlocked is seen without reading it', async () => {
  expect(await lookAtKeychain()).toBe('absent');
  await desktop.runKeyring('unlocked');
  await newHolder().keep(server, key, 'keychain');
  expect(await lookAtKeychain()).toBe('open');
  await desktop.runKeyring('locked');
  expect(await lookAtKeychain()).toBe('locked');
  const holder = newHolder();
  await holder.load(server);
  expect(holder.state(server).store).toBe('locked');
  holder.noticed('absent');
  expect(holder.state(server)).toMatchObject({
    store: 'absent',
    keychainProblem: expect.stringContaining('No keychain'),
  });
});
