import { Platform, RunId, RunnerId, RunnerPause, RunStatus, Scope } from '@agentfleet/contract';
import * as z from 'zod';
import { AppSettings, ServerUrl } from './app-settings.js';

/** Something a runner needs, checked: what `doctor` says. */
export const Finding = z.strictObject({ ok: z.boolean(), what: z.string(), mend: z.string().optional() });
export type Finding = z.infer<typeof Finding>;

/** Where the API key is: in the keychain, in memory until the app quits, or in the app's environment. */
export const KeySource = z.enum(['none', 'keychain', 'session', 'environment']);
export type KeySource = z.infer<typeof KeySource>;

/** A key as it may be shown: enough to tell two apart, nothing to use. */
export const KeyHint = z.string().max(40);

/**
 * What the keychain says: it has not answered yet, or was not asked (`opening`), is `locked`, is not there (`absent`), does not do
 * what it is asked (`refused`), answers and has no key for the server (`empty`), or has it (`holds`).
 */
export const StoreState = z.enum(['opening', 'locked', 'absent', 'refused', 'empty', 'holds']);
export type StoreState = z.infer<typeof StoreState>;

export const KeyState = z.strictObject({
  source: KeySource,
  hint: KeyHint.nullable(),
  /** Why this machine's keychain cannot be used; null when it can. */
  keychainProblem: z.string().nullable(),
  store: StoreState,
});
export type KeyState = z.infer<typeof KeyState>;

/**
 * `stopped`: something is missing before it can start, or it was stopped. `blocked`: another runner has this
 * machine's identity, or the server refuses this version, its key or a setting. `draining`: it takes nothing new because the
 * app quits or settings changed.
 */
export const RunnerPhase = z.enum(['stopped', 'starting', 'online', 'offline', 'blocked', 'draining']);
export type RunnerPhase = z.infer<typeof RunnerPhase>;

/** A session of this runner, as the tray shows it. */
export const LocalSession = z.strictObject({
  id: RunId,
  cwd: z.string(),
  /** First line of the prompt. */
  title: z.string(),
  status: RunStatus,
  /** The newest line of its log. */
  lastLine: z.string(),
  /** The uses of tools that it waits for a person to allow, a line each, oldest first. */
  waitingFor: z.array(z.string()),
  /**
   * Of each of those, by what name it can be allowed or denied without a look at the session; null where that line is not
   * all of it, or the use is more than a line can say.
   */
  answerable: z.array(z.string().nullable()),
});
export type LocalSession = z.infer<typeof LocalSession>;

export const RunnerStatus = z.strictObject({
  phase: RunnerPhase,
  /** A sentence for a person; null when all is well. */
  reason: z.string().nullable(),
  /** Whoever paused it, here or on the Runners page; null while it takes sessions. */
  pause: RunnerPause.nullable(),
  /** Whether the app quits when what runs has ended; that can be taken back. */
  quits: z.boolean(),
  runnerId: RunnerId.nullable(),
  running: z.array(LocalSession),
  /** Ended ones, newest first. */
  recent: z.array(LocalSession),
});
export type RunnerStatus = z.infer<typeof RunnerStatus>;

export const UpdateState = z.strictObject({
  phase: z.enum(['unavailable', 'idle', 'checking', 'downloading', 'ready', 'failed']),
  /** The new version, or why it failed. */
  detail: z.string().nullable(),
});
export type UpdateState = z.infer<typeof UpdateState>;

/** A connection that takes the place of today's when the sessions that run have ended. */
export const NextConnection = z.strictObject({ server: ServerUrl });
export type NextConnection = z.infer<typeof NextConnection>;

/** A folder sessions may work in, as it is on the disk. */
export const FolderState = z.strictObject({
  path: z.string(),
  isOpen: z.boolean(),
  /** Why no session can work there, and what to do; null where one can. */
  problem: z.string().nullable(),
  /** What it holds that few people mean to give away. */
  breadth: z.string().nullable(),
});
export type FolderState = z.infer<typeof FolderState>;

/** What sessions run in, as far as it may be shown: values may be secrets. */
export const EnvironmentState = z.strictObject({
  /** The login shell that was asked; null where none was, since a terminal or Windows had said all. */
  shell: z.string().nullable(),
  /** Why that shell gave nothing; null when it did. */
  problem: z.string().nullable(),
  readAt: z.iso.datetime(),
  tookMs: z.int().min(0),
  /** Of PATH, in order. */
  places: z.array(z.string()),
  /** Of the variables that a session sees. */
  names: z.array(z.string()),
});
export type EnvironmentState = z.infer<typeof EnvironmentState>;

/**
 * A sign-in through the browser: `waiting` for somebody to allow it there, `connecting` with what was allowed, `failed` for a
 * reason, or `unkept`: allowed, and the keychain does not take the key.
 */
export const SignInState = z.strictObject({
  phase: z.enum(['waiting', 'connecting', 'failed', 'unkept']),
  /** Both screens show it. */
  code: z.string(),
  /** Of the page in the dashboard. */
  url: z.string(),
  server: ServerUrl,
  problem: z.string().nullable(),
});
export type SignInState = z.infer<typeof SignInState>;

/** Everything the app's own screens show. */
export const AppState = z.strictObject({
  version: z.string(),
  platform: Platform,
  settings: AppSettings,
  /** What was wrong in the settings file and was replaced by a default. */
  settingsProblems: z.array(z.string()),
  /** Whether the settings file cannot be read, so that nothing is saved; `troubles` has the sentence. */
  settingsUnreadable: z.boolean(),
  /** What the disk of this computer keeps from working, a sentence each. */
  troubles: z.array(z.string()),
  key: KeyState,
  /** Null while there is none. */
  signIn: SignInState.nullable(),
  next: NextConnection.nullable(),
  /** Null until it has been read. */
  environment: EnvironmentState.nullable(),
  /** As they were when they were last looked at. */
  folders: z.array(FolderState),
  runner: RunnerStatus,
  /** From a link that was confirmed: what to prefill. */
  suggestedServer: z.string().nullable(),
  update: UpdateState,
  logFile: z.string(),
});
export type AppState = z.infer<typeof AppState>;

/**
 * What became of a change: it holds now; it `waits` for sessions to end, as `next` says; a person `declined` it, or it
 * needs a key for `server`, which answers. In both of these all is as it was.
 */
export const Applied = z.strictObject({
  outcome: z.enum(['applied', 'waits', 'declined', 'key-needed']),
  /** That of the settings, or the one that needs a key. */
  server: z.string(),
});
export type Applied = z.infer<typeof Applied>;

/** What a look at a server with a key found. `server` is what the typed address means. */
export const KeyCheck = z.discriminatedUnion('ok', [
  z.strictObject({
    ok: z.literal(true),
    server: ServerUrl,
    hint: KeyHint,
    org: z.string(),
    scopes: z.array(Scope),
  }),
  z.strictObject({ ok: z.literal(false), problem: z.string() }),
]);
export type KeyCheck = z.infer<typeof KeyCheck>;

/** Whether the app can do its work, or the first-run screen has to come first. */
export function isSetUp({ settings, key }: Pick<AppState, 'settings' | 'key'>): boolean {
  return settings.server !== '' && key.source !== 'none' && settings.directories.length > 0;
}

/** Whether a pause changes anything: a runner that is stopped, ends or cannot work takes no sessions anyway. */
export function canPause({ phase }: Pick<RunnerStatus, 'phase'>): boolean {
  return phase === 'starting' || phase === 'online' || phase === 'offline';
}
