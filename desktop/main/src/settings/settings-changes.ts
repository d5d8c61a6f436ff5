import {
  type Applied,
  AppSettings,
  type AppSettingsPatch,
  isReadable,
  mostServers,
  type NextConnection,
  type SettingsDraft,
} from '@agentfleet/bridge';
import type { Owner } from '../guard/owner.js';
import type { ApiKeyHolder } from '../keys/api-key.js';
import type { RunnerHost } from '../runner/runner-host.js';
import type { OwnKey } from '../sign-in/own-key.js';
import type { Ask } from '../windows/ask.js';
import { type Fate, fateOf, foldersQuestion, isYes, moveQuestion, plainTextQuestion } from './questions.js';
import type { SettingsStore } from './settings-store.js';
import { touchedSessions } from './touched.js';

export interface SettingsChangesParts {
  store: SettingsStore;
  keys: ApiKeyHolder;
  host: RunnerHost;
  ask: Ask;
  /** Agrees to what allows more than before. */
  owner: Owner;
  /** What a typed address means; rejects with a sentence where nothing answers. */
  findServer(typed: string): Promise<string>;
  /** The key that is kept in place of the one that was given, which may soon run out. Rejects with a sentence. */
  ownKey(server: string, text: string): Promise<OwnKey>;
  /** Tells the person at the machine what went wrong while nobody looked. */
  say(text: string): void;
}

/** A key that was tried, and where it shall be kept. */
export interface NewKey {
  text: string;
  where: 'keychain' | 'session';
}

/** A connection that takes the place of today's, with what else was changed. Without a key, that of the keychain. */
interface Move {
  patch: AppSettingsPatch & { server: string };
  key: NewKey | undefined;
}

/**
 * Changes settings so that no session ends unasked: what touches sessions waits for their end or asks, and a connection
 * is left when the next one is known to answer, its key at hand.
 */
export class SettingsChanges {
  readonly #parts: SettingsChangesParts;
  readonly #onChange: () => void;
  /** Addresses to which a person lets the key go unencrypted. */
  readonly #readable = new Set<string>();
  #next: Move | undefined;
  /** One change after the other: each is asked about what the one before it left. */
  #turn: Promise<unknown> = Promise.resolve();

  /** @param onChange called when settings, the key or `next` are others */
  constructor(parts: SettingsChangesParts, onChange: () => void) {
    this.#parts = parts;
    this.#onChange = onChange;
    parts.host.on('idle', () => void this.#inTurn(() => this.#moveWhenIdle()));
  }

  /** The server that is moved to when the sessions that run have ended. */
  get next(): NextConnection | null {
    return this.#next ? { server: this.#next.patch.server } : null;
  }

  /**
   * Rejects when a value is not valid, the address does not answer or the disk refuses.
   * @param isOwners whether the owner asked for it outside of any page, and is not asked again
   */
  apply(draft: SettingsDraft, isOwners = false): Promise<Applied> {
    return this.#inTurn(async () => {
      const before = this.#parts.store.settings;
      const server = await this.#serverOf(draft);
      const patch = { ...draft, server };
      const after = AppSettings.parse({ ...before, ...patch });
      if (server === before.server) {
        return (await this.#isAllowed(after))
          ? this.#applyHere(before, after, draft)
          : this.#done('declined');
      }
      if (!(await this.mayBeSent(server))) return this.#done('declined');
      const hasKey = await this.#parts.keys.has(server);
      // The old connection is worth more than one without a key.
      if (!hasKey && this.#isConnected) return { outcome: 'key-needed', server };
      const isAllowed = isOwners || (await this.#isAllowed(after));
      return isAllowed ? this.#move({ patch, key: undefined }) : this.#done('declined');
    });
  }

  /** Connects with a key that was tried. Rejects as `apply` does, and when the keychain refuses. */
  connect(server: string, key: NewKey): Promise<Applied> {
    return this.#inTurn(async () => {
      const after = { ...this.#parts.store.settings, server };
      return (await this.#isAllowed(after)) ? this.#move({ patch: { server }, key }) : this.#done('declined');
    });
  }

  /** Whether a key may go to an address; asks where it can be read on the way. */
  async mayBeSent(server: string): Promise<boolean> {
    const { store, keys, ask } = this.#parts;
    const goesThere = server === store.settings.server && keys.for(server) !== undefined;
    if (!isReadable(server) || goesThere || this.#readable.has(server)) return true;
    const agreed = isYes(await ask(plainTextQuestion(server)));
    if (agreed) this.#readable.add(server);
    return agreed;
  }

  /** Ends what the move waits for. */
  moveNow(): void {
    if (this.#next) this.#parts.host.stopAll();
  }

  /** Gives up the move that waits. */
  stay(): void {
    if (!this.#next) return;
    this.#next = undefined;
    this.#parts.host.release('move');
    this.#onChange();
  }

  #isAllowed(after: AppSettings): Promise<boolean> {
    return this.#parts.owner.allows(this.#parts.store.settings, after);
  }

  get #isConnected(): boolean {
    const { store, keys } = this.#parts;
    return store.settings.server !== '' && keys.for(store.settings.server) !== undefined;
  }

  async #serverOf({ server }: SettingsDraft): Promise<string> {
    const known = this.#parts.store.settings.server;
    return server === undefined || server === known ? known : this.#parts.findServer(server);
  }

  async #applyHere(before: AppSettings, after: AppSettings, draft: SettingsDraft): Promise<Applied> {
    const { store, host, ask } = this.#parts;
    const touched = touchedSessions(before, after, host.status.running);
    const fate = touched.length === 0 ? 'finish' : fateOf(await ask(foldersQuestion(touched)));
    if (fate === 'declined') return this.#done('declined');
    store.save(after);
    // What is changed while a move waits is the newer word: the move takes nothing of it back.
    if (this.#next) for (const name of changedIn(draft)) delete this.#next.patch[name];
    this.#onChange();
    if (fate === 'stop') for (const { id } of touched) host.stop(id);
    return this.#done('applied');
  }

  async #move({ patch, key }: Move): Promise<Applied> {
    const { store, host, ownKey } = this.#parts;
    const { server } = patch;
    const fate = await this.#fateOfAll(server);
    if (fate === 'declined') return this.#done('declined');
    const own = key && (await ownKey(server, key.text));
    const move: Move = { patch, key: key && own && { ...key, text: own.text } };
    // Another key of the runner that works: what runs is the same runner's before and after.
    const staysItself = own !== undefined && own.runnerId !== null && own.runnerId === host.status.runnerId;
    if (host.status.running.length === 0 || staysItself) {
      await this.#commit(move);
      if (fate === 'stop') host.stopAll();
      return this.#done('applied');
    }
    this.#next = move;
    const what = server === store.settings.server ? 'The new key is used' : `Moves to ${server}`;
    host.hold('move', `${what} when the current sessions have ended.`);
    if (fate === 'stop') host.stopAll();
    this.#onChange();
    return { outcome: 'waits', server };
  }

  async #fateOfAll(next: string): Promise<Fate> {
    const { host, ask, store } = this.#parts;
    const { running } = host.status;
    if (running.length === 0) return 'finish';
    return fateOf(await ask(moveQuestion(running, store.settings.server, next)));
  }

  async #moveWhenIdle(): Promise<void> {
    const move = this.#next;
    const { host, say } = this.#parts;
    if (!move || host.status.running.length > 0) return;
    this.#next = undefined;
    try {
      await this.#commit(move);
    } catch (error) {
      say(`This computer did not move to ${move.patch.server}: ${(error as Error).message}`);
    }
    host.release('move');
    this.#onChange();
  }

  async #commit({ patch, key }: Move): Promise<void> {
    const { store, keys } = this.#parts;
    if (key) await keys.keep(patch.server, key.text, key.where);
    else await keys.load(patch.server);
    const left = store.settings;
    const used = [patch.server, left.server].filter((each) => keys.for(each) !== undefined);
    const servers = [...new Set([...used, ...left.servers])].slice(0, mostServers);
    store.save({ ...patch, servers });
    this.#onChange();
  }

  #done(outcome: 'applied' | 'declined'): Applied {
    return { outcome, server: this.#parts.store.settings.server };
  }

  #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

/** The settings that a draft is about, but for the server. */
const changedIn = ({ server: _, ...rest }: SettingsDraft) => Object.keys(rest) as (keyof typeof rest)[];
