import type { KeyState } from '@agentfleet/bridge';
import { isWellFormedApiKey } from '@agentfleet/contract';
import type { KeyStore } from './key-store.js';

/** What the key is filed under, beside the server it belongs to: a key is never sent to another server. */
export const keychainService = 'AgentFleet';

/** The API key of the app: from its environment, from the keychain, or in memory until the app quits. */
export class ApiKeyHolder {
  readonly #store: KeyStore;
  readonly #environment: { server: string | undefined; key: string | undefined };
  #key: { server: string; text: string; source: 'keychain' | 'session' } | undefined;
  #problem: string | null = null;

  /** @param env takes AGENTFLEET_API_KEY, for AGENTFLEET_URL alone where that is set */
  constructor(store: KeyStore, env: NodeJS.ProcessEnv) {
    this.#store = store;
    const key = env.AGENTFLEET_API_KEY?.trim();
    const server = env.AGENTFLEET_URL?.trim().replace(/\/+$/, '') || undefined;
    this.#environment = { server, key: key && isWellFormedApiKey(key) ? key : undefined };
  }

  /** Looks into the keychain. Never rejects: `state` tells what was wrong. */
  async load(server: string): Promise<void> {
    if (server === '' || (this.#key?.source === 'session' && this.#key.server === server)) return;
    try {
      const text = await this.#store.getPassword(keychainService, server);
      this.#problem = null;
      this.#key =
        text !== null && isWellFormedApiKey(text) ? { server, text, source: 'keychain' } : undefined;
    } catch (error) {
      this.#key = undefined;
      this.#problem = (error as Error).message;
    }
  }

  /** Rejects when the keychain refuses; the key that was there before stays. */
  async keep(server: string, text: string, where: 'keychain' | 'session'): Promise<void> {
    if (where === 'keychain') {
      try {
        await this.#store.setPassword(keychainService, server, text);
        this.#problem = null;
      } catch (error) {
        this.#problem = (error as Error).message;
        throw error;
      }
    }
    this.#key = { server, text, source: where };
  }

  /** Removes it from memory and from the keychain. */
  async forget(server: string): Promise<void> {
    this.#key = undefined;
    await this.#store.deletePassword(keychainService, server).catch(() => false);
  }

  /** The key for this server and no other. */
  for(server: string): string | undefined {
    const { key, server: bound } = this.#environment;
    if (key && (bound === undefined || bound === server)) return key;
    return this.#key?.server === server ? this.#key.text : undefined;
  }

  /** What may be shown of it. */
  state(server: string): KeyState {
    const text = this.for(server);
    const source =
      text === undefined
        ? 'none'
        : text === this.#environment.key
          ? 'environment'
          : (this.#key?.source ?? 'none');
    return { source, hint: text ? keyHint(text) : null, keychainProblem: this.#problem };
  }
}

/** The beginning and the end of a key, e.g. `af_live_Ab3d…9XyZ`. */
export function keyHint(key: string): string {
  return `${key.slice(0, 12)}…${key.slice(-4)}`;
}
