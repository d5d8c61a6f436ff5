import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { app, type BrowserWindow, clipboard, dialog, shell, type WebContents } from 'electron';
import { copyDiagnostics, diagnosticsText, showAbout } from '../about/about.js';
import type { LoginItem } from '../autostart/login-item.js';
import type { ApiRelay } from '../ipc/api-relay.js';
import type { Handlers } from '../ipc/dispatch.js';
import { tell } from '../ipc/serve.js';
import type { RotatingLog } from '../logs/rotating-log.js';
import type { Places } from '../places/places.js';
import { saveFile } from '../places/save-file.js';
import type { QuickLaunch } from '../quick-launch/quick-launch.js';
import type { RunnerHost } from '../runner/runner-host.js';
import type { Updates } from '../updates/updates.js';
import type { AppCore } from './app-core.js';

export interface CommandParts {
  core: AppCore;
  host: RunnerHost;
  relay: ApiRelay;
  updates: Updates;
  log: RotatingLog;
  window: () => BrowserWindow | undefined;
  viewing: (runId: string | null) => void;
  /** Quits in order, then starts the new version. */
  installUpdate: () => Promise<void>;
  loginItem: LoginItem;
  /** Takes back a quit that waits for sessions to end. */
  keepRunning: () => void;
  places: Places;
  quickLaunch: QuickLaunch;
}

/** What carries out the commands of the windows. */
export function commandHandlers(parts: CommandParts): Handlers<WebContents> {
  const { core, host, relay, updates, log, window, viewing, installUpdate, loginItem } = parts;
  const { places, quickLaunch, keepRunning } = parts;
  return {
    state: () => core.state,
    async applySettings(draft) {
      const { openAtLogin, quickLaunch: keys } = draft;
      // What the system refuses is not kept either, nor the other way round: the screen would say what is not so.
      if (openAtLogin !== undefined) loginItem.set(openAtLogin);
      if (keys !== undefined) quickLaunch.set(keys);
      try {
        return await core.applySettings(draft);
      } finally {
        const kept = core.state.settings;
        if (openAtLogin !== undefined && openAtLogin !== kept.openAtLogin) loginItem.set(kept.openAtLogin);
        if (keys !== undefined) quickLaunch.refresh(kept.quickLaunch, (text) => log.write(text));
      }
    },
    moveNow() {
      core.moveNow();
      return core.state;
    },
    stay() {
      core.stay();
      return core.state;
    },
    async stopSession(runId) {
      await core.stopSession(runId);
      return core.state;
    },
    async signIn({ server }) {
      await core.signIn(server);
      return core.state;
    },
    showSignIn() {
      core.showSignIn();
    },
    cancelSignIn() {
      core.cancelSignIn();
      return core.state;
    },
    async readSettings() {
      await core.readSettings();
      return core.state;
    },
    async setSettingsAside() {
      await core.setSettingsAside();
      return core.state;
    },
    async lookAgain() {
      await core.retryKeychain();
      return core.state;
    },
    // The key goes from the clipboard to the server and the keychain without ever being in a page.
    async pasteKey({ server }) {
      const text = await clipboard.readText();
      const check = await core.tryKey(server, text);
      // Every program of this person reads the clipboard, and some keep what was in it.
      if (check.ok && (await clipboard.readText()) === text) clipboard.clear();
      return check;
    },
    keepKey: ({ server, where }) => core.keepKey(server, where),
    async forgetKey() {
      await core.forgetKey();
      return core.state;
    },
    async forgetServer({ server }) {
      await core.forgetServer(server);
      return core.state;
    },
    async pickFolder() {
      const words = { title: 'A folder that sessions may work in', buttonLabel: 'Let sessions work here' };
      const folder = await pick(window(), ['openDirectory', 'createDirectory'], words);
      if (folder !== null) core.choseFolder(folder);
      return folder;
    },
    pickClaude: () => pick(window(), ['openFile'], { title: 'The program that every session runs' }),
    async readEnvironment() {
      await core.readEnvironment();
      return core.state;
    },
    examine: () => core.examine(),
    pause(length) {
      host.pause(length);
      return core.state;
    },
    resume() {
      host.resume();
      return core.state;
    },
    showLog() {
      shell.showItemInFolder(log.path);
    },
    saveDiagnostics: () => saveDiagnostics(parts),
    async copyDiagnostics() {
      await copyDiagnostics(parts);
    },
    async showAbout() {
      await showAbout(parts);
    },
    async openPlace(place) {
      await places.open(place);
    },
    dropPlace({ path, isFolder }, sender) {
      tell(sender, { type: 'folder', path: isFolder ? path : dirname(path) });
    },
    async runClaude() {
      await places.runClaude(core.state.settings.directories[0] ?? homedir());
    },
    quit() {
      app.quit();
    },
    keepRunning() {
      keepRunning();
      return core.state;
    },
    async saveFile({ name, text }) {
      const path = await pickPlace(window(), join(app.getPath('downloads'), name));
      if (path !== null) await saveFile(path, text);
      return path;
    },
    async checkForUpdates() {
      await updates.check();
      return core.state;
    },
    async installUpdate() {
      await installUpdate();
    },
    viewing(runId) {
      viewing(runId);
    },
    request: (request) => relay.request(request),
    openStream: ({ id, request }, sender) =>
      relay.open(sender.id, id, request, (telling) => tell(sender, telling)),
    closeStream(id, sender) {
      relay.close(sender.id, id);
    },
  };
}

type OpenProperties = NonNullable<Electron.OpenDialogOptions['properties']>;

async function pick(
  window: BrowserWindow | undefined,
  properties: OpenProperties,
  words: { title: string; buttonLabel?: string },
): Promise<string | null> {
  const options = { properties, defaultPath: homedir(), ...words };
  const { filePaths } = window
    ? await dialog.showOpenDialog(window, options)
    : await dialog.showOpenDialog(options);
  return filePaths[0] ?? null;
}

/** Where a file shall be written; null when the dialog was dismissed. */
async function pickPlace(window: BrowserWindow | undefined, defaultPath: string): Promise<string | null> {
  const { filePath } = window
    ? await dialog.showSaveDialog(window, { defaultPath })
    : await dialog.showSaveDialog({ defaultPath });
  return filePath || null;
}

async function saveDiagnostics(parts: CommandParts): Promise<string | null> {
  const at = new Date();
  const name = `agentfleet-diagnostics-${at.toISOString().slice(0, 10)}.json`;
  const path = await pickPlace(parts.window(), join(app.getPath('documents'), name));
  if (path === null) return null;
  await saveFile(path, await diagnosticsText(parts, at), 0o600);
  return path;
}
