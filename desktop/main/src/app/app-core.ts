import { EventEmitter } from 'node:events';
import type { AppSettingsPatch, AppState, Finding, KeyCheck, UpdateState } from '@agentfleet/bridge';
import type { Platform } from '@agentfleet/contract';
import { ControlPlane, createClaudeCode, examine, examineMachine } from '@agentfleet/runner-core';
import type { ApiAccess } from '../ipc/api-relay.js';
import type { ApiKeyHolder } from '../keys/api-key.js';
import { checkKey } from '../keys/check-key.js';
import type { RotatingLog } from '../logs/rotating-log.js';
import { inAppWords } from '../runner/app-words.js';
import type { RunnerHost } from '../runner/runner-host.js';
import type { SettingsStore } from '../settings/settings-store.js';
import { runnerSettings } from './runner-settings.js';

export interface AppCoreParts {
  version: string;
  store: SettingsStore;
  keys: ApiKeyHolder;
  host: RunnerHost;
  log: RotatingLog;
  /** The app's own. */
  env: NodeJS.ProcessEnv;
  /** What sessions run in. */
  sessionEnv: Promise<NodeJS.ProcessEnv>;
  updates: EventEmitter<{ changed: [] }> & { readonly state: UpdateState };
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
  /** A key that was tried and not yet kept. */
  #pasted: { server: string; key: string } | undefined;
  #suggestedServer: string | null = null;

  constructor(parts: AppCoreParts) {
    super();
    this.#parts = parts;
    if (parts.store.settings.server === '') this.#suggestedServer = parts.keys.environmentServer ?? null;
    parts.host.on('changed', () => this.emit('changed'));
    parts.updates.on('changed', () => this.emit('changed'));
  }

  get state(): AppState {
    const { version, store, keys, host, log, updates } = this.#parts;
    return {
      version,
      platform: process.platform as Platform,
      settings: store.settings,
      settingsProblems: store.problems,
      key: keys.state(store.settings.server),
      runner: host.status,
      suggestedServer: this.#suggestedServer,
      update: updates.state,
      logFile: log.path,
    };
  }

  /** Undefined while there is no server or no key for it. */
  get apiAccess(): ApiAccess | undefined {
    const { server } = this.#parts.store.settings;
    const apiKey = this.#parts.keys.for(server);
    return apiKey === undefined || server === '' ? undefined : { server, apiKey };
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

  /** Throws when a value is not valid or the disk refuses. */
  async saveSettings(patch: AppSettingsPatch): Promise<void> {
    const { store, keys } = this.#parts;
    const before = store.settings.server;
    const { server } = store.save(patch);
    if (server !== before) await keys.load(server);
    if (server === this.#suggestedServer) this.#suggestedServer = null;
    this.#apply();
    this.emit('settings');
  }

  /** Tries a key that was pasted. It is remembered for `keepKey` and nowhere else. */
  async tryKey(server: string, text: string): Promise<KeyCheck> {
    const key = text.trim();
    const check = await checkKey(server, key, this.#parts.version);
    this.#pasted = check.ok ? { server, key } : undefined;
    return check;
  }

  /** Keeps the key that was tried last and makes its server the app's. Rejects when the keychain refuses. */
  async keepKey(server: string, where: 'keychain' | 'session'): Promise<void> {
    const pasted = this.#pasted;
    if (pasted?.server !== server) throw new Error('Paste the key for this server first.');
    try {
      await this.#parts.keys.keep(server, pasted.key, where);
    } finally {
      // Also what the keychain says is news.
      this.emit('changed');
    }
    this.#pasted = undefined;
    await this.saveSettings({ server });
  }

  /** Removes the key; sessions that run are ended. */
  async forgetKey(): Promise<void> {
    try {
      await this.#parts.keys.forget(this.#parts.store.settings.server);
    } finally {
      this.#apply();
    }
  }

  /** A link asked for it and a person agreed: the screens prefill it, nothing is connected. */
  suggestServer(server: string): void {
    this.#suggestedServer = server;
    this.emit('changed');
  }

  /** What `doctor` finds, in the app's words. */
  async examine(): Promise<Finding[]> {
    await this.retryKeychain();
    const { store, keys, env, version } = this.#parts;
    const { settings } = store;
    const claudePath = settings.claudePath || undefined;
    const seen = await this.#parts.sessionEnv;
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

  #apply(): void {
    const { store, keys, host, env } = this.#parts;
    const { settings } = store;
    host.configure(runnerSettings(settings, keys.for(settings.server), env));
    this.emit('changed');
  }
}
