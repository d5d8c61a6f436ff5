import { expect, test } from 'vitest';
import { combineKeyStores, KeychainError, type KeyStore } from './key-store.js';

class MemoryStore implements KeyStore {
  readonly items = new Map<string, string>();
  broken = false;
  forgetful = false;
  constructor(readonly name: string) {}

  async getPassword(service: string, account: string) {
    this.#check();
    return this.items.get(`${service} ${account}`) ?? null;
  }

  async setPassword(service: string, account: string, password: string) {
    this.#check();
    if (!this.forgetful) this.items.set(`${service} ${account}`, password);
  }

  async deletePassword(service: string, account: string) {
    this.#check();
    return this.items.delete(`${service} ${account}`);
  }

  #check() {
    if (this.broken) throw new Error('no secret service');
  }
}

const pair = () => {
  const [first, second] = [new MemoryStore('first'), new MemoryStore('second')];
  return { first, second, both: combineKeyStores([first, second]) };
};

test('a key that either maker holds is found', async () => {
  const { second, both } = pair();
  second.items.set('s a', 'old');
  expect(await both.getPassword('s', 'a')).toBe('old');
  expect(await both.getPassword('s', 'b')).toBeNull();
});

test('a key is written once, and the other maker’s older one goes', async () => {
  const { first, second, both } = pair();
  second.items.set('s a', 'old');
  await both.setPassword('s', 'a', 'new');
  expect([first.items.get('s a'), second.items.get('s a')]).toEqual(['new', undefined]);
});

test.each(['broken', 'forgetful'] as const)('a maker that is %s is passed over', async (fault) => {
  const { first, second, both } = pair();
  first[fault] = true;
  await both.setPassword('s', 'a', 'new');
  expect(second.items.get('s a')).toBe('new');
  expect(await both.getPassword('s', 'a')).toBe('new');
});

test('deleting removes it everywhere', async () => {
  const { first, second, both } = pair();
  first.items.set('s a', '1');
  second.items.set('s a', '2');
  expect(await both.deletePassword('s', 'a')).toBe(true);
  expect([first.items.size, second.items.size]).toEqual([0, 0]);
  expect(await both.deletePassword('s', 'a')).toBe(false);
});

test('without any keychain every call says so, and nothing is kept in the clear instead', async () => {
  const { first, second, both } = pair();
  first.broken = true;
  second.broken = true;
  await expect(both.getPassword('s', 'a')).rejects.toThrow('No keychain answers on this desktop');
  await expect(both.setPassword('s', 'a', 'x')).rejects.toThrow(KeychainError);
  await expect(combineKeyStores([]).getPassword('s', 'a')).rejects.toThrow(KeychainError);
});

test('while one maker cannot look, no key is not the answer', async () => {
  const { second, both } = pair();
  second.broken = true;
  await expect(both.getPassword('s', 'a')).rejects.toThrow(KeychainError);
  await expect(both.deletePassword('s', 'a')).rejects.toThrow(KeychainError);
});

test('a maker that throws at once spoils no other', async () => {
  const { first, second, both } = pair();
  first.getPassword = () => {
    throw new Error('no secret service');
  };
  second.items.set('s a', 'kept');
  expect(await both.getPassword('s', 'a')).toBe('kept');
});

test.each([
  ['Secret Service: unlock prompt was dismissed', 'The keychain is locked. Unlock it, then try again.'],
  [
    'The name org.freedesktop.secrets was not provided by any .service files',
    'No keychain answers on this desktop (there is no Secret Service).',
  ],
  [
    'Platform failure: DBus error: Failed to connect to socket /run/user/0/bus: No such file or directory',
    'No keychain answers on this desktop (there is no Secret Service).',
  ],
  ['errSecInteractionNotAllowed', 'The keychain cannot be used: errSecInteractionNotAllowed.'],
])('%s is told as: %s', (reason, words) => {
  expect(new KeychainError([reason, reason]).message).toBe(words);
});
