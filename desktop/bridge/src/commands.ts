import { pauseLengths, RunId } from '@agentfleet/contract';
import * as z from 'zod';
import { ApiAnswer, ApiRequest, StreamId } from './api-relay.js';
import { ServerUrl, SettingsDraft, TypedServer } from './app-settings.js';
import { Applied, AppState, Finding, KeyCheck } from './app-state.js';

const nothing = z.undefined();

/** A file that a screen makes, e.g. a log as JSON lines. The name is one, not a path. */
export const MadeFile = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$/),
  text: z.string().max(256 * 1024 ** 2),
});

/** A folder or file of a session on this computer, and with what it is opened. */
export const Place = z.strictObject({
  path: z.string().min(1).max(4_096),
  how: z.enum(['terminal', 'editor', 'reveal']),
});
export type Place = z.infer<typeof Place>;

/** Everything a window may ask of the main process. Input is checked there, output where it arrives. */
export const commands = {
  state: { input: nothing, output: AppState },
  /**
   * Changes settings. The main process says what the change touches and asks the person where it ends or moves
   * sessions; it may take as long as that.
   */
  applySettings: { input: SettingsDraft, output: Applied },
  /** Ends the sessions that `next` waits for. */
  moveNow: { input: nothing, output: AppState },
  /** Gives up what `next` says. */
  stay: { input: nothing, output: AppState },
  /** Asks the person, then ends a session of this computer, whatever the server thinks of it. */
  stopSession: { input: RunId, output: AppState },
  /** Begins to sign in through the browser, which it opens. */
  signIn: { input: z.strictObject({ server: TypedServer.min(1) }), output: AppState },
  /** Opens the browser again. */
  showSignIn: { input: nothing, output: nothing },
  cancelSignIn: { input: nothing, output: AppState },
  /** Reads a settings file again that could not be read. */
  readSettings: { input: nothing, output: AppState },
  /** Asks the person, then gives a settings file that cannot be read another name. */
  setSettingsAside: { input: nothing, output: AppState },
  /** Looks into the keychain again. */
  lookAgain: { input: nothing, output: AppState },
  /** Reads a key from the clipboard, in the main process, and tries it at the server; nothing is stored yet. */
  pasteKey: { input: z.strictObject({ server: TypedServer.min(1) }), output: KeyCheck },
  /** Keeps the key that was pasted last, and connects to this server with it. */
  keepKey: {
    input: z.strictObject({ server: ServerUrl, where: z.enum(['keychain', 'session']) }),
    output: Applied,
  },
  /** Asks the person, then removes the key from wherever it is. */
  forgetKey: { input: nothing, output: AppState },
  /** Asks the person, then forgets a server of earlier, with its key. */
  forgetServer: { input: z.strictObject({ server: ServerUrl }), output: AppState },
  /** The system's own dialog. Null when it was dismissed. */
  pickFolder: { input: nothing, output: z.string().nullable() },
  pickClaude: { input: nothing, output: z.string().nullable() },
  /** Reads what sessions run in again; those that run keep what they have. */
  readEnvironment: { input: nothing, output: AppState },
  examine: { input: nothing, output: z.array(Finding) },
  /** By default until somebody resumes. */
  pause: { input: z.enum(pauseLengths).optional(), output: AppState },
  resume: { input: nothing, output: AppState },
  showLog: { input: nothing, output: nothing },
  /** Where the bundle was written; null when the dialog was dismissed. */
  saveDiagnostics: { input: nothing, output: z.string().nullable() },
  /** Asks the person where to. Where it was written; null when the dialog was dismissed. */
  saveFile: { input: MadeFile, output: z.string().nullable() },
  /** Into the clipboard: the same text as a bundle. */
  copyDiagnostics: { input: nothing, output: nothing },
  /** Shows the versions in a box of the system's. */
  showAbout: { input: nothing, output: nothing },
  /** In a program of the user's own. Refused outside of the allowed folders. */
  openPlace: { input: Place, output: nothing },
  /** Something was dropped on the window: answered by the telling `folder`, without a look at the disk. */
  dropPlace: {
    input: z.strictObject({ path: z.string().min(1).max(4_096), isFolder: z.boolean() }),
    output: nothing,
  },
  /** Opens a terminal with Claude Code in it, so that a person logs in. */
  runClaude: { input: nothing, output: nothing },
  /** As *Quit* in the tray: asks when sessions run. */
  quit: { input: nothing, output: nothing },
  /** Takes back a quit that waits for sessions to end. */
  keepRunning: { input: nothing, output: AppState },
  checkForUpdates: { input: nothing, output: AppState },
  installUpdate: { input: nothing, output: nothing },
  /**
   * Which session the window shows: notifications about it stay away while it does. The first one of a page also says
   * that it listens from now on.
   */
  viewing: { input: RunId.nullable(), output: nothing },
  request: { input: ApiRequest, output: ApiAnswer },
  /** A 2xx answer goes on as `chunk` and `end` tellings under the id. */
  openStream: { input: z.strictObject({ id: StreamId, request: ApiRequest }), output: ApiAnswer },
  closeStream: { input: StreamId, output: nothing },
} as const satisfies Record<string, { input: z.ZodType; output: z.ZodType }>;

export type CommandName = keyof typeof commands;
export type InputOf<Name extends CommandName> = z.input<(typeof commands)[Name]['input']>;
export type CheckedInputOf<Name extends CommandName> = z.output<(typeof commands)[Name]['input']>;
export type OutputOf<Name extends CommandName> = z.output<(typeof commands)[Name]['output']>;

/** What the main process tells a window. */
export const Telling = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('state'), state: AppState }),
  z.strictObject({ type: z.literal('chunk'), id: StreamId, text: z.string() }),
  z.strictObject({ type: z.literal('end'), id: StreamId }),
  /** Show this screen, e.g. `/sessions/clr…`. */
  z.strictObject({ type: z.literal('open'), path: z.string().regex(/^\/[A-Za-z0-9/_-]*$/) }),
  /** Offer a session in this folder. */
  z.strictObject({ type: z.literal('folder'), path: z.string() }),
]);
export type Telling = z.infer<typeof Telling>;

/** How every ask is answered: an exception would lose its meaning on the way. */
export const Reply = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true), output: z.unknown() }),
  z.strictObject({ ok: z.literal(false), message: z.string() }),
]);
export type Reply = z.infer<typeof Reply>;
