import { EventEmitter } from 'node:events';
import type {
  Applied,
  AppState,
  Finding,
  KeyCheck,
  KeyState,
  SettingsDraft,
  UpdateState,
} from '@agentfleet/bridge';
import type { Platform } from '@agentfleet/contract';
import { ControlPlane, createClaudeCode, examine, examineMachine } from '@agentfleet/runner-core';
import type { Kept } from '../folders/breadth.js';
import { Folders } from '../folders/folders.js';
import type { Owner } from '../guard/owner.js';
import type { ApiAccess } from '../ipc/api-relay.js';
import { type ApiKeyHolder, keyHint } from '../keys/api-key.js';
import { checkKey, problemOfKey } from '../keys/check-key.js';
import type { KeychainSight } from '../keys/keychain-watch.js';
import type { RotatingLog } from '../logs/rotating-log.js';
import { inAppWords } from '../runner/app-words.js';
import type { RunnerHost } from '../runner/runner-host.js';
import type { SessionEnvironment } from '../runner/session-environment.js';
import { findServer } from '../server/find-server.js';
import {
  forgetQuestion,
  forgetServerQuestion,
  isYes,
  setAsideQuestion,
  stopQuestion,
} from '../settings/questions.js';
import { SettingsChanges } from '../settings/settings-changes.js';
import type { SettingsStore } from '../settings/settings-store.js';
import { type Allowed, ComputerSignIn } from '../sign-in/computer-sign-in.js';
import { type OwnKey, ownKey, windowScopes } from '../sign-in/own-key.js';
import type { Ask } from '../windows/ask.js';
import type { AppHome } from './app-home.js';
import { runnerSettings } from './runner-settings.js';

export interface AppCoreParts {
  version: string;
  store: SettingsStore;
  keys: ApiKeyHolder;
  host: RunnerHost;
  log: RotatingLog;
  /** The folder of the app's own. */
  appHome: AppHome;
  /** The app's own. */
  env: NodeJS.ProcessEnv;
  /** What sessions run in. */
  sessionEnv: SessionEnvironment;
  updates: EventEmitter<{ changed: [] }> & { readonly state: UpdateState };
  ask: Ask;
  owner: Owner;
  kept: Kept;
  /** Shows an address in the user's browser. */
  browse(url: string): void;
}

interface AppCoreEvents {
  /** `state` is another one than before. */
  changed: [];
  /** Settings were saved. */
  settings: [];
}

/** What the app knows and decides, without a window, a tray or anything else of Electron's. */
export class AppCore extends EventEmitter<AppCoreEvents> {
  readonly #parts: AppCoreParts;
  readonly #changes: SettingsChanges;
  readonly #folders: Folders;
  /** A key that was tried and not yet kept. */
  #pasted: { server: string; key: string } | undefined;
  #suggestedServer: string | null = null;
  readonly #signIn: ComputerSignIn;
  /** What the dashboard allowed, by the key that came with it. */
  #allowed: Allowed | undefined;
  /** The key that was exchanged last, and for which. */
  #exchanged: { of: string; own: OwnKey } | undefined;
  /** What the window speaks with where the key of the environment may only enrol. */
  #window: ApiAccess | undefined;
  /** The key that was looked at last, once its runner was online. */
  #settled: string | undefined;

  constructor(parts: AppCoreParts) {
    super();
    this.#parts = parts;
    const { host, version } = parts;
    const find = (typed: string) => findServer(typed, version);
    const say = (text: string) => host.emit('trouble', text);
    const ownKey = (server: string, text: string) => this.#ownKey(server, text);
    this.#changes = new SettingsChanges({ ...parts, findServer: find, ownKey, say }, () => this.#changed());
    this.#folders = new Folders(parts.kept, () => this.emit('changed'));
    this.#signIn = new ComputerSignIn({
      version,
      browse: parts.browse,
      connect: (server, allowed) => this.#connect(server, allowed),
      log: (text) => parts.log.write(text),
    });
    this.#signIn.on('changed', () => this.emit('changed'));
    if (parts.store.settings.server === '') this.#suggestedServer = parts.keys.environmentServer ?? null;
    parts.host.on('changed', () => {
      if (parts.host.status.phase === 'online') void this.#settle();
      this.emit('changed');
    });
    parts.sessionEnv.on('changed', () => this.emit('changed'));
    parts.appHome.on('changed', () => this.emit('changed'));
    parts.updates.on('changed', () => this.emit('changed'));
  }

  get state(): AppState {
    const { version, store, host, log, updates, sessionEnv } = this.#parts;
    return {
      version,
      platform: process.platform as Platform,
      settings: store.settings,
      settingsProblems: store.problems,
      settingsUnreadable: store.unreadable !== undefined,
      troubles: [this.#parts.appHome.trouble, store.unreadable, host.trouble].filter(
        (each) => each !== undefined,
      ),
      key: this.#keyState,
      signIn: this.#signIn.state,
      next: this.#changes.next,
      environment: sessionEnv.state,
      folders: this.#folders.state,
      runner: host.status,
      suggestedServer: this.#suggestedServer,
      update: updates.state,
      logFile: log.path,
    };
  }

  get #keyState(): KeyState {
    const { server } = this.#parts.store.settings;
    const state = this.#parts.keys.state(server);
    return this.#window?.server === server && state.source === 'environment'
      ? { ...state, hint: keyHint(this.#window.apiKey) }
      : state;
  }

  /** Undefined while there is no server or no key for it. */
  get apiAccess(): ApiAccess | undefined {
    const { server } = this.#parts.store.settings;
    const apiKey = this.#parts.keys.for(server);
    if (apiKey === undefined || server === '') return undefined;
    this.#parts.owner.pageMeetsServer();
    const isWindows = this.#window?.server === server && this.#keyState.source === 'environment';
    return isWindows ? this.#window : { server, apiKey };
  }

  /** Finds the key and starts the runner, if everything is there. Takes as long as the keychain is being unlocked. */
  async start(): Promise<void> {
    const { keys, store } = this.#parts;
    const loading = keys.load(store.settings.server);
    this.emit('changed');
    await loading;
    this.#apply();
  }

  /** Looks into a keychain again that could not be used before, e.g. because it was locked. */
  async retryKeychain(): Promise<void> {
    const { key } = this.state;
    if (key.source === 'none' && key.keychainProblem !== null) await this.start();
  }

  /** The keychain that is waited for is seen to be another than before. */
  async keychainSeen(seen: KeychainSight): Promise<void> {
    if (seen === 'open') return this.retryKeychain();
    this.#parts.keys.noticed(seen);
    this.emit('changed');
  }

  /** Rejects with a sentence when a value is not valid, an address does not answer or the disk refuses. */
  async applySettings(draft: SettingsDraft): Promise<Applied> {
    await this.#mustBeReadable();
    return this.#changes.apply(draft);
  }

  /** The owner chose a server of earlier outside of any page. Rejects as `applySettings` does. */
  async switchTo(server: string): Promise<Applied> {
    await this.#mustBeReadable();
    return this.#changes.apply({ server }, true);
  }

  /** Forgets a server of earlier and its key when the person agrees. */
  async forgetServer(server: string): Promise<void> {
    const { store, keys, ask } = this.#parts;
    const { servers, server: current } = store.settings;
    if (server === current) throw new Error('This computer is connected to it. Forget its key instead.');
    if (!servers.includes(server) || !isYes(await ask(forgetServerQuestion(server)))) return;
    this.#parts.store.save({ servers: store.settings.servers.filter((each) => each !== server) });
    try {
      await keys.forget(server);
    } finally {
      // What the keychain said of that one is not what it says of this one.
      await keys.load(store.settings.server);
      this.emit('changed');
    }
  }

  /** Reads a settings file again that could not be read when the app started. */
  async readSettings(): Promise<void> {
    const { store } = this.#parts;
    if (store.look()) {
      this.#changed();
      await this.start();
    } else this.emit('changed');
  }

  /** Sets a settings file aside that cannot be read, when the person agrees. Rejects with what the system says. */
  async setSettingsAside(): Promise<void> {
    const { store, ask } = this.#parts;
    await this.readSettings();
    if (store.unreadable === undefined || !isYes(await ask(setAsideQuestion(store.unreadable)))) return;
    store.setAside();
    this.emit('changed');
  }

  /** Ends the sessions that the next connection waits for. */
  moveNow(): void {
    this.#changes.moveNow();
  }

  /** Gives up the next connection. */
  stay(): void {
    this.#changes.stay();
  }

  /** Ends a session of this computer when the person agrees. */
  async stopSession(runId: string): Promise<void> {
    const { host, ask } = this.#parts;
    const session = host.status.running.find(({ id }) => id === runId);
    if (session && isYes(await ask(stopQuestion(session)))) host.stop(runId);
  }

  /**
   * Tries a key that was pasted. It is remembered for `keepKey` and nowhere else.
   * @param typed as a person typed the address of its server
   */
  async tryKey(typed: string, text: string): Promise<KeyCheck> {
    const { version, store } = this.#parts;
    this.#pasted = undefined;
    const key = text.trim();
    const problem = problemOfKey(key);
    if (problem !== undefined) return { ok: false, problem };
    let server: string;
    try {
      // What is found out with it could not be kept.
      await this.#mustBeReadable();
      server = typed === store.settings.server ? typed : await findServer(typed, version);
    } catch (error) {
      return { ok: false, problem: (error as Error).message };
    }
    if (!(await this.#parts.owner.allowsKeyFor(server, store.settings.server))) {
      return { ok: false, problem: `The key was not sent to ${server}.` };
    }
    if (!(await this.#changes.mayBeSent(server))) {
      return { ok: false, problem: `The key was not sent to ${server}, which has no encryption.` };
    }
    const check = await checkKey(server, key, version);
    if (check.ok) this.#pasted = { server, key };
    return check;
  }

  /** Connects with the key that was tried last. Rejects when the keychain refuses. */
  async keepKey(server: string, where: 'keychain' | 'session'): Promise<Applied> {
    const pasted = this.#pasted;
    if (pasted?.server !== server) throw new Error('Paste the key for this server first.');
    try {
      const applied = await this.#changes.connect(server, { text: pasted.key, where });
      this.#pasted = undefined;
      return applied;
    } finally {
      // Also what the keychain says is news.
      this.emit('changed');
    }
  }

  /**
   * Signs in through the browser. Rejects with a sentence where that cannot begin.
   * @param typed as a person typed the address of the server
   */
  async signIn(typed: string): Promise<void> {
    const { version, store } = this.#parts;
    await this.#mustBeReadable();
    const server = typed === store.settings.server ? typed : await findServer(typed, version);
    if (!(await this.#changes.mayBeSent(server)))
      throw new Error(`Nothing was sent to ${server}, which has no encryption.`);
    await this.#signIn.start(server, store.settings.name);
  }

  showSignIn(): void {
    this.#signIn.browseAgain();
  }

  cancelSignIn(): void {
    this.#signIn.cancel();
  }

  async #connect(server: string, allowed: Allowed): Promise<void> {
    const { owner, store } = this.#parts;
    const { key, org, allowedBy } = allowed;
    if (!(await owner.allowsSignIn({ server, org: org.name, allowedBy }, store.settings.server)))
      throw new Error('You did not agree. Nothing was changed.');
    this.#allowed = allowed;
    this.#pasted = { server, key };
    const { outcome } = await this.keepKey(server, 'keychain');
    if (outcome === 'declined') throw new Error('Nothing was changed.');
  }

  /** What lies in the keychain is the least that does the job. A keychain that refuses is offered the same one again. */
  async #ownKey(server: string, text: string): Promise<OwnKey> {
    const { store, env, version } = this.#parts;
    if (this.#exchanged?.of === text) return this.#exchanged.own;
    const window = this.#allowed?.key === text ? this.#allowed.window : undefined;
    const own = await ownKey({ server, key: text, settings: store.settings, env, version, window });
    this.#exchanged = { of: text, own };
    return own;
  }

  /**
   * Once the runner is online: a key of an older version is exchanged too, and one of the environment that may only enrol gets
   * the window a key beside it. What fails is tried at the next start.
   */
  async #settle(): Promise<void> {
    const { store, keys, env, version, log } = this.#parts;
    const { server } = store.settings;
    const key = keys.for(server);
    if (key === undefined || key === this.#settled) return;
    this.#settled = key;
    const { source } = keys.state(server);
    try {
      const { scopes } = (await new ControlPlane({ url: server, apiKey: key, version }).call('getMe')).key;
      if (source === 'environment' && windowScopes(scopes).length > 0) return;
      const { text: own } = await ownKey({ server, key, settings: store.settings, env, version });
      if (own === key || keys.for(server) !== key) return;
      if (source === 'environment') {
        this.#window = { server, apiKey: own };
        this.emit('changed');
      } else if (source !== 'none') {
        await keys.keep(server, own, source);
        this.#settled = own;
        this.#apply();
      }
    } catch (error) {
      log.write(`The key was not exchanged: ${(error as Error).message}`);
    }
  }

  /** Removes the key when the person agrees: what runs is stopped, and its end delivered with the key before. */
  async forgetKey(): Promise<void> {
    const { store, keys, host, ask } = this.#parts;
    if (!isYes(await ask(forgetQuestion(host.status.running)))) return;
    this.#changes.stay();
    await host.letGo();
    try {
      await keys.forget(store.settings.server);
    } finally {
      this.#apply();
    }
  }

  /** A link asked for it and a person agreed: the screens prefill it, nothing is connected. */
  suggestServer(server: string): void {
    this.#suggestedServer = server;
    this.emit('changed');
  }

  /** The person has picked a folder in the system's own dialog. */
  choseFolder(folder: string): void {
    this.#parts.owner.chose(folder);
  }

  /** Looks whether the folders are still there. */
  async lookAtFolders(): Promise<void> {
    await this.#folders.look(this.#parts.store.settings.directories);
  }

  /** Asks the login shell again what sessions run in. */
  async readEnvironment(): Promise<void> {
    await this.#parts.sessionEnv.readAgain();
  }

  /** What `doctor` finds, in the app's words. */
  async examine(): Promise<Finding[]> {
    await Promise.all([this.retryKeychain(), this.lookAtFolders()]);
    const { store, keys, env, version } = this.#parts;
    const { settings } = store;
    const claudePath = settings.claudePath || undefined;
    const seen = await this.#parts.sessionEnv.values;
    const agent = createClaudeCode({
      env: seen,
      ...(claudePath !== undefined && { executable: claudePath }),
    });
    const complete = runnerSettings(settings, keys.for(settings.server), env);
    const found = complete
      ? examine(complete, new ControlPlane({ ...complete, version }), agent, seen)
      : examineMachine(settings.directories, agent, seen);
    const findings: Finding[] = [];
    const { environmentProblem } = keys;
    if (environmentProblem !== undefined) {
      const mend = 'It begins with af_live_ and has 46 characters. Correct it, then start the app again.';
      findings.push({ ok: false, what: environmentProblem, mend });
    }
    for await (const { ok, what, mend } of found) {
      findings.push({ ok, what: inAppWords(what), ...(mend !== undefined && { mend: inAppWords(mend) }) });
    }
    return findings;
  }

  /** Before something is asked or sent whose outcome could not be saved. Rejects with a sentence. */
  async #mustBeReadable(): Promise<void> {
    const { store } = this.#parts;
    if (store.unreadable !== undefined) await this.readSettings();
    try {
      store.mustBeReadable();
    } catch (error) {
      this.emit('changed');
      throw error;
    }
  }

  #changed(): void {
    const { store } = this.#parts;
    if (store.settings.server === this.#suggestedServer) this.#suggestedServer = null;
    this.#apply();
    this.emit('settings');
  }

  #apply(): void {
    const { store, keys, host, env } = this.#parts;
    const { settings } = store;
    host.configure(runnerSettings(settings, keys.for(settings.server), env));
    void this.lookAtFolders();
    this.emit('changed');
  }
}
