/** A place that keeps a secret for the user, with keytar's method names. Methods reject when it cannot be used. */
export interface KeyStore {
  readonly name: string;
  /** Null when there is none; also when the keychain is locked, so null never means that one has to be made. */
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
}

/** No keychain of this machine could be used; the message says why, for a person. */
export class KeychainError extends Error {}

/**
 * Several makers as one: reads them all, because on Linux they do not see each other's items, and writes to the
 * first that takes it, removing what the others still hold.
 */
export function combineKeyStores(stores: readonly KeyStore[]): KeyStore {
  return {
    name: stores.map((store) => store.name).join(', '),
    async getPassword(service, account) {
      const found = await attempt(stores, (store) => store.getPassword(service, account));
      return found.results.find((password) => password !== null) ?? null;
    },
    async setPassword(service, account, password) {
      const failures: string[] = [];
      for (const [index, store] of stores.entries()) {
        try {
          await store.setPassword(service, account, password);
          // A keychain without a daemon may take what it then does not give back.
          if ((await store.getPassword(service, account)) !== password) throw new Error('it kept nothing');
        } catch (error) {
          failures.push(`${store.name}: ${(error as Error).message}`);
          continue;
        }
        const others = stores.filter((_other, place) => place !== index);
        await Promise.allSettled(others.map((other) => other.deletePassword(service, account)));
        return;
      }
      throw new KeychainError(failures.join('; ') || noMaker);
    },
    async deletePassword(service, account) {
      const { results } = await attempt(stores, (store) => store.deletePassword(service, account));
      return results.includes(true);
    },
  };
}

const noMaker = 'This build has no way to a keychain.';

/** Asks all of them; rejects only when none could be asked. */
async function attempt<Result>(
  stores: readonly KeyStore[],
  ask: (store: KeyStore) => Promise<Result>,
): Promise<{ results: Result[] }> {
  const settled = await Promise.allSettled(stores.map(ask));
  const results = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  if (results.length > 0) return { results };
  const reasons = settled.map((each, index) =>
    each.status === 'rejected' ? `${stores[index]?.name}: ${(each.reason as Error).message}` : '',
  );
  throw new KeychainError(reasons.join('; ') || noMaker);
}
