import type { KeyStore } from './key-store.js';

/**
 * The ways to the system's keychain that this installation has. keytar comes first where it was built; the
 * keyring library brings its binary from the registry.
 * @param log told when there is none at all, with what each says
 */
export async function nativeKeyStores(log: (text: string) => void): Promise<KeyStore[]> {
  const made = await Promise.allSettled([keytarStore(), keyringStore()]);
  // One that fails is an optional dependency that is not installed, or a binary that does not fit this system.
  const stores = made.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  if (stores.length === 0) {
    for (const each of made) if (each.status === 'rejected') log(`No way to a keychain: ${each.reason}`);
  }
  return stores;
}

async function keytarStore(): Promise<KeyStore> {
  const { default: keytar } = await import('keytar');
  return {
    name: 'keytar',
    getPassword: (service, account) => keytar.getPassword(service, account),
    setPassword: (service, account, password) => keytar.setPassword(service, account, password),
    deletePassword: (service, account) => keytar.deletePassword(service, account),
  };
}

async function keyringStore(): Promise<KeyStore> {
  const { AsyncEntry } = await import('@napi-rs/keyring');
  // Without this it would fall back to the kernel's keyring, which forgets at the next boot.
  const options = { linux: { store: 'secret-service' } } as const;
  // Making an entry already throws where no keychain answers: it has to happen inside the promise.
  const entry = async (service: string, account: string) => new AsyncEntry(service, account, options);
  return {
    name: 'keyring',
    getPassword: async (service, account) => (await entry(service, account)).getPassword(),
    setPassword: async (service, account, password) => (await entry(service, account)).setPassword(password),
    deletePassword: async (service, account) => (await entry(service, account)).deletePassword(),
  };
}
