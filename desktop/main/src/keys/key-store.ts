/** A place that keeps a secret for the user, with keytar's method names. Methods reject when it cannot be used. */
export interface KeyStore {
  readonly name: string;
  /** Null when there is none. Some makers also say null while the keychain is locked. */
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
}

/** Locked, not there, or not doing what it is asked. */
export type KeychainFault = 'locked' | 'absent' | 'refused';

/** A keychain of this machine could not be used; the message says why, for a person. */
export class KeychainError extends Error {
  readonly kind: KeychainFault;

  /** @param reasons what its makers said */
  constructor(reasons: readonly string[]) {
    const words = [...new Set(reasons.map(inWords))];
    // What a person can mend comes alone, whatever else another maker has to say.
    const isLocked = words.includes(lockedWords);
    super(isLocked ? lockedWords : words.join(' ') || 'This build has no way to a keychain.');
    this.kind = isLocked ? 'locked' : words.every((each) => each === absentWords) ? 'absent' : 'refused';
  }
}

export const lockedWords = 'The keychain is locked. Unlock it, then try again.';
export const absentWords = 'No keychain answers on this desktop (there is no Secret Service).';
/** What the makers say when the keychain is locked, and when none answers on the desktop's message bus. */
const locked = /prompt was dismissed|\bis locked\b|locked collection/i;
const absent =
  /org\.freedesktop\.secrets|no result found|autolaunch|Failed to connect to socket|no secret service/i;

function inWords(reason: string): string {
  if (locked.test(reason)) return lockedWords;
  if (absent.test(reason)) return absentWords;
  return `The keychain cannot be used: ${reason.replace(/\.?$/, '.')}`;
}

/**
 * Several makers as one: reads them all, because on Linux they do not see each other's items, and writes to the
 * first that takes it, removing what the others still hold.
 */
export function combineKeyStores(stores: readonly KeyStore[]): KeyStore {
  return {
    name: stores.map((store) => store.name).join(', '),
    async getPassword(service, account) {
      const { results, failures } = await askAll(stores, (store) => store.getPassword(service, account));
      const found = results.find((password) => password !== null);
      // One that could not look may hold it: "there is none" would be a guess.
      if (found === undefined && failures.length > 0) throw new KeychainError(failures);
      return found ?? null;
    },
    async setPassword(service, account, password) {
      const failures: string[] = [];
      for (const [index, store] of stores.entries()) {
        try {
          await store.setPassword(service, account, password);
          // A keychain without a daemon may take what it then does not give back.
          if ((await store.getPassword(service, account)) !== password) throw new Error('it kept nothing');
        } catch (error) {
          failures.push((error as Error).message);
          continue;
        }
        const others = stores.filter((_other, place) => place !== index);
        await Promise.allSettled(others.map((other) => other.deletePassword(service, account)));
        return;
      }
      throw new KeychainError(failures);
    },
    async deletePassword(service, account) {
      const { results, failures } = await askAll(stores, (store) => store.deletePassword(service, account));
      // One that could not be asked may still hold it.
      if (failures.length > 0) throw new KeychainError(failures);
      return results.includes(true);
    },
  };
}

/** Asks all of them, whatever some of them answer. */
async function askAll<Result>(
  stores: readonly KeyStore[],
  ask: (store: KeyStore) => Promise<Result>,
): Promise<{ results: Result[]; failures: string[] }> {
  if (stores.length === 0) throw new KeychainError([]);
  const settled = await Promise.allSettled(stores.map(async (store) => ask(store)));
  return {
    results: settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])),
    failures: settled.flatMap((each) => (each.status === 'rejected' ? [(each.reason as Error).message] : [])),
  };
}
