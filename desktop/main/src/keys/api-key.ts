import { type KeyState, ServerUrl, type StoreState } from '@agentfleet/bridge';
import { isWellFormedApiKey } from '@agentfleet/contract';
import { absentWords, KeychainError, type KeyStore, lockedWords } from './key-store.js';

/** What the key is filed under, beside the server it belongs to: a key is never sent to another server. */
export const keychainService = 'AgentFleet';

/** The API key of the app: from its environment, from the keychain, or in memory until the app quits. */
export class ApiKeyHolder {
  readonly #store: KeyStore;
  readonly #environment: { server: string | undefined; key: string | undefined };
  /** What is wrong with the key in the environment, for a person; undefined where there is none, or a good one. */
  readonly environmentProblem: string | undefined;
  /** By server: the one that is left keeps its key until the next one is used. */
  readonly #keys = new Map<string, { text: string; source: 'keychain' | 'session' }>();
  #problem: string | null = null;
  #state: StoreState = 'opening';
  #turn = 0;

  /** @param env takes AGENTFLEET_API_KEY, for AGENTFLEET_URL alone where that is set */
  constructor(store: KeyStore, env: NodeJS.ProcessEnv) {
    this.#store = store;
    const key = env.AGENTFLEET_API_KEY?.trim();
    const isKey = key !== undefined && isWellFormedApiKey(key);
    const url = env.AGENTFLEET_URL?.trim() || undefined;
    // Spelt as the settings spell it. What is no address is no server: the key then goes nowhere.
    this.#environment = { server: ServerUrl.safeParse(url).data ?? url, key: isKey ? key : undefined };
    this.environmentProblem = key && !isKey ? 'AGENTFLEET_API_KEY holds no AgentFleet key' : undefined;
  }

  /** The server that the environment names, where it names one. */
  get environmentServer(): string | undefined {
    return ServerUrl.safeParse(this.#environment.server).data;
  }

  /**
   * Looks into the keychain, which may ask the person to unlock it first. Never rejects: `state` tells what was wrong.
   */
  async load(server: string): Promise<void> {
    const isKnown = this.#keys.get(server)?.source === 'session';
    // A keychain that is locked asks the person for a password: it is left alone where it is not needed.
    if (server === '' || isKnown || this.#fromEnvironment(server) !== undefined) return;
    const isLatest = this.#begin('The keychain has not answered yet. Unlock it where it asks for that.');
    this.#state = 'opening';
    try {
      const text = await this.#store.getPassword(keychainService, server);
      if (!isLatest()) return;
      this.#problem = null;
      const isKey = text !== null && isWellFormedApiKey(text);
      this.#state = isKey ? 'holds' : 'empty';
      if (isKey) this.#keys.set(server, { text, source: 'keychain' });
      else this.#keys.delete(server);
    } catch (error) {
      if (!isLatest()) return;
      this.#keys.delete(server);
      this.#failed(error as Error);
    }
  }

  /** Without being read the keychain was seen to be another than before: unlocking may be what it waits for, or starting. */
  noticed(state: 'locked' | 'absent'): void {
    this.#state = state;
    this.#problem = state === 'locked' ? lockedWords : absentWords;
  }

  /** Whether there is a key for a server, the keychain included; what is used stays as it is. Never rejects. */
  async has(server: string): Promise<boolean> {
    if (this.for(server) !== undefined) return true;
    const text = await this.#store.getPassword(keychainService, server).catch(() => null);
    return text !== null && isWellFormedApiKey(text);
  }

  /** Rejects when the keychain refuses; the key that was there before stays. */
  async keep(server: string, text: string, where: 'keychain' | 'session'): Promise<void> {
    const isLatest = this.#begin(this.#problem);
    if (where === 'keychain') {
      try {
        await this.#store.setPassword(keychainService, server, text);
        this.#problem = null;
        this.#state = 'holds';
      } catch (error) {
        this.#failed(error as Error);
        throw error;
      }
    }
    if (isLatest()) this.#keys.set(server, { text, source: where });
  }

  /**
   * Removes it from memory and from the keychain. Rejects when it was kept in a keychain that cannot be asked: it is
   * then out of memory alone.
   */
  async forget(server: string): Promise<void> {
    this.#begin(this.#problem);
    const wasKept = this.#keys.get(server)?.source === 'keychain';
    this.#keys.delete(server);
    try {
      await this.#store.deletePassword(keychainService, server);
      this.#problem = null;
      this.#state = 'empty';
    } catch (error) {
      this.#failed(error as Error);
      if (wasKept) throw new Error(`The key is not used any more, but still kept. ${this.#problem}`);
    }
  }

  /** The key for this server and no other. */
  for(server: string): string | undefined {
    const given = this.#fromEnvironment(server);
    if (given !== undefined) return given;
    return this.#keys.get(server)?.text;
  }

  /** What may be shown of it. */
  state(server: string): KeyState {
    const text = this.for(server);
    const source =
      text === undefined
        ? 'none'
        : text === this.#environment.key
          ? 'environment'
          : (this.#keys.get(server)?.source ?? 'none');
    return { source, hint: text ? keyHint(text) : null, keychainProblem: this.#problem, store: this.#state };
  }

  #failed(error: Error): void {
    this.#problem = error.message;
    this.#state = error instanceof KeychainError ? error.kind : 'refused';
  }

  /** An answer of the keychain that comes after something newer was begun is no longer wanted. */
  #begin(problem: string | null): () => boolean {
    this.#problem = problem;
    this.#turn += 1;
    const mine = this.#turn;
    return () => mine === this.#turn;
  }

  #fromEnvironment(server: string): string | undefined {
    const { key, server: bound } = this.#environment;
    return bound === undefined || bound === server ? key : undefined;
  }
}

/** The beginning and the end of a key, e.g. `af_live_Ab3d…9XyZ`. */
export function keyHint(key: string): string {
  return `${key.slice(0, 12)}…${key.slice(-4)}`;
}
