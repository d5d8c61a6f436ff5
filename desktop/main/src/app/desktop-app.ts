import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { keyTrouble } from '@agentfleet/bridge';
import {
  app,
  clipboard,
  dialog,
  globalShortcut,
  Menu,
  nativeTheme,
  powerMonitor,
  type Session,
  shell,
} from 'electron';
import { copyDiagnostics, showAbout } from '../about/about.js';
import { hiddenFlag } from '../autostart/autostart.js';
import { LoginItem } from '../autostart/login-item.js';
import { askToConnect } from '../deep-links/ask-to-connect.js';
import { deepLinkScheme } from '../deep-links/deep-link.js';
import { Links } from '../deep-links/links.js';
import type { ApiRelay } from '../ipc/api-relay.js';
import { serveCommands, tell } from '../ipc/serve.js';
import { watchKeychain } from '../keys/keychain-watch.js';
import type { RotatingLog } from '../logs/rotating-log.js';
import { answerAsked } from '../notifications/answer.js';
import {
  type Announcement,
  announcementOf,
  closedAnnouncementOf,
  renewedAnnouncementOf,
  troubleAnnouncementOf,
  waitingAnnouncementOf,
} from '../notifications/decide.js';
import { Notifier } from '../notifications/notifier.js';
import { notify } from '../notifications/notify.js';
import { desktopPlaces } from '../places/desktop-places.js';
import type { Places } from '../places/places.js';
import { KeepAwake } from '../power/keep-awake.js';
import { watchNetwork } from '../power/network-watch.js';
import { QuickLaunch } from '../quick-launch/quick-launch.js';
import { Quitting } from '../quit/quitting.js';
import type { RunnerHost } from '../runner/runner-host.js';
import type { SessionEnvironment } from '../runner/session-environment.js';
import { AppTray } from '../tray/tray.js';
import { type TrayAction, trayModel } from '../tray/tray-model.js';
import type { Updates } from '../updates/updates.js';
import { appOrigin } from '../windows/app-files.js';
import { applicationMenu, type MenuAction } from '../windows/application-menu.js';
import { sharedLink } from '../windows/context-menu.js';
import { MainWindow } from '../windows/main-window.js';
import { WindowMemory } from '../windows/window-memory.js';
import type { AppCore } from './app-core.js';
import { commandHandlers } from './commands.js';
import type { Openings } from './openings.js';
import { shipped } from './shipped.js';

/** Changes that come this close together are shown once, ms. */
const gatherMs = 100;
/** How long the first window waits for the keychain, ms. */
const patienceMs = 1_500;

export interface DesktopAppParts {
  core: AppCore;
  host: RunnerHost;
  updates: Updates;
  relay: ApiRelay;
  log: RotatingLog;
  session: Session;
  /** Links and second starts, also those that came before. */
  openings: Openings;
  /** Whether a tray icon will be seen on this desktop. */
  hasTray: boolean;
  /** What programs of the user's are started in. */
  sessionEnv: SessionEnvironment;
}

/** The app as the desktop sees it: window, tray, notifications, links, power, quitting. */
export class DesktopApp {
  readonly #parts: DesktopAppParts;
  readonly #window: MainWindow;
  readonly #tray: AppTray;
  readonly #keepAwake = new KeepAwake();
  readonly #quitting: Quitting;
  readonly #links: Links;
  readonly #notifier = new Notifier({
    open: (path) => this.#open(path),
    answer: (asked, allow) => void this.#answer(asked, allow),
  });
  readonly #places: Places;
  readonly #quickLaunch: QuickLaunch;
  #viewing: string | null = null;
  /** Whether the window's page listens. */
  #isListening = false;
  /** The screen it shall show once it does. */
  #wanted: string | undefined;
  #unseenFailures = 0;
  /** At the app's icon. */
  #badge = 0;
  /** From when it is settled whether there is a window. */
  #tellsTrouble = false;
  #toldTrouble: string | undefined;
  #gathering: NodeJS.Timeout | undefined;

  constructor(parts: DesktopAppParts) {
    this.#parts = parts;
    const { host, relay, session } = parts;
    const log = (text: string) => parts.log.write(text);
    this.#quitting = new Quitting(host, log);
    this.#links = new Links({
      server: () => parts.core.state.settings.server,
      open: (path) => this.#open(path),
      suggest: (server) => parts.core.suggestServer(server),
      ask: askToConnect,
      log,
    });
    this.#places = desktopPlaces(parts.sessionEnv, () => parts.core.state.settings);
    this.#quickLaunch = new QuickLaunch(globalShortcut, () => this.#open('/sessions/new'));
    this.#tray = new AppTray((action) => this.#act(action));
    this.#window = new MainWindow({
      session,
      preload: shipped('dist', 'preload.cjs'),
      icon: shipped('resources', 'icon.png'),
      hasTray: parts.hasTray,
      isQuitting: () => this.#quitting.isEnding,
      onSessionEnd: () => void this.#quitting.atOnce('shutdown'),
      onSeen: () => this.#seen(),
      onRenewed: (fault) => this.#announce(renewedAnnouncementOf(fault)),
      onGone: (contentsId) => {
        this.#viewing = null;
        this.#isListening = false;
        relay.closeAll(contentsId);
      },
      memory: new WindowMemory(join(app.getPath('userData'), 'window.json')),
      onFirstClose: () => {
        const word = closedAnnouncementOf(process.platform, parts.hasTray);
        if (notify(word, { click: () => this.#open() })) return;
        const { title, body } = word;
        void dialog.showMessageBox({ type: 'info', message: title, detail: body, buttons: ['OK'] });
      },
      copyLink: (url) => clipboard.writeText(sharedLink(url, appOrigin, parts.core.state.settings.server)),
      log,
    });
  }

  start(): void {
    const { core, host, relay, updates, log } = this.#parts;
    const write = (text: string) => log.write(text);
    const viewing = (runId: string | null) => {
      this.#viewing = runId;
      this.#isListening = true;
      this.#tellWanted();
    };
    const window = () => this.#window.window;
    const installUpdate = async () => {
      if (updates.state.phase === 'ready') await this.#quitting.quitBy(() => void updates.install());
    };
    const loginItem = new LoginItem(write);
    const places = this.#places;
    const quickLaunch = this.#quickLaunch;
    const keepRunning = () => this.#quitting.keepRunning();
    const base = { core, host, relay, updates, log, window, viewing, installUpdate, loginItem };
    serveCommands(commandHandlers({ ...base, places, quickLaunch, keepRunning }), write);
    quickLaunch.refresh(core.state.settings.quickLaunch, write);
    const { isPackaged } = app;
    const act = (action: MenuAction) => this.#onMenu(action);
    Menu.setApplicationMenu(
      Menu.buildFromTemplate(applicationMenu({ platform: process.platform, isPackaged, act })),
    );
    core.on('changed', () => this.#gather());
    core.on('settings', () => this.#applySettings());
    host.on('ended', (session) => {
      if (session.status === 'FAILED' && !this.#window.isInView) this.#unseenFailures += 1;
      this.#announce(announcementOf(session, core.state.settings, this.#seenNow));
    });
    host.on('waiting', (session) =>
      this.#announce(waitingAnnouncementOf(session, core.state.settings, this.#seenNow)),
    );
    host.on('trouble', (message) => this.#announce(troubleAnnouncementOf(message)));
    this.#listenToSystem();
    loginItem.refresh(core.state.settings.openAtLogin);
    this.#applySettings();
    this.#show();
    watchKeychain(
      process.platform,
      () => (core.state.key.source === 'none' ? core.state.key.store : undefined),
      (seen) => void core.keychainSeen(seen),
    );
    // A keychain that asks to be unlocked may keep one waiting: the window says so meanwhile.
    void Promise.race([core.start(), delay(patienceMs)]).then(() => this.#firstWindow());
  }

  /** The session that a person looks at, if any. */
  get #seenNow(): string | null {
    return this.#window.isInView ? this.#viewing : null;
  }

  /** Nothing about what ends because the app quits: the person wants that. */
  #announce(announcement: Announcement | undefined): void {
    if (!this.#quitting.isEnding) this.#notifier.announce(announcement);
  }

  /** Where it cannot be answered from here, the session is shown. */
  async #answer({ runId, requestId }: { runId: string; requestId: string }, allow: boolean): Promise<void> {
    const { host, relay } = this.#parts;
    const asked = host.asked(runId, requestId);
    const isAnswered = asked && (await answerAsked(relay, runId, asked, allow));
    if (!isAnswered) this.#open(`/sessions/${runId}`);
  }

  /** Links, second starts, sleep, network, shutdown. */
  #listenToSystem(): void {
    if (app.isPackaged) app.setAsDefaultProtocolClient(deepLinkScheme);
    app.on('activate', () => this.#open());
    // Without a window the app goes on in the tray.
    app.on('window-all-closed', () => undefined);
    const wake = () => this.#parts.host.wake();
    powerMonitor.on('resume', wake);
    powerMonitor.on('unlock-screen', () => {
      wake();
      // Many desktops unlock the keychain together with the screen.
      void this.#parts.core.retryKeychain();
    });
    watchNetwork(networkInterfaces, wake);
    powerMonitor.on('shutdown', (event?: { preventDefault(): void }) => {
      event?.preventDefault();
      void this.#quitting.atOnce('shutdown');
    });
    // Only once Electron is ready do these take the place of its own, which ask as a click on Quit does.
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.on(signal, () => void this.#quitting.atOnce('signal'));
    }
  }

  /** Started by a person it opens its window; started with the desktop it stays in the tray, if there is one. */
  #firstWindow(): void {
    const followed = this.#parts.openings.start((opening) => {
      if (opening === undefined) this.#open();
      else void this.#links.follow(opening);
    });
    const hidden = process.argv.includes(hiddenFlag) || app.getLoginItemSettings().wasOpenedAtLogin;
    const opens = !followed && (!hidden || !this.#parts.hasTray);
    if (opens) this.#open();
    this.#tellsTrouble = true;
    this.#tellTrouble(opens);
  }

  /** What keeps a computer that was set up from its key, once each: the tray alone is not seen by everybody. */
  #tellTrouble(isSeen = this.#window.isInView): void {
    const sentence = keyTrouble(this.#parts.core.state)?.sentence;
    if (!this.#tellsTrouble || sentence === this.#toldTrouble) return;
    this.#toldTrouble = sentence;
    if (sentence !== undefined && !isSeen) this.#announce(troubleAnnouncementOf(sentence));
  }

  #act(action: TrayAction): void {
    const { host } = this.#parts;
    if (action.type === 'open') this.#open(action.path);
    else if (action.type === 'open-folder') this.#reveal(action.path);
    else if (action.type === 'stop') void this.#parts.core.stopSession(action.runId);
    else if (action.type === 'pause') host.pause(action.length);
    else if (action.type === 'resume') host.resume();
    else if (action.type === 'keep-running') this.#quitting.keepRunning();
    else if (action.type === 'stay') this.#parts.core.stay();
    else if (action.type === 'switch') void this.#switchTo(action.server);
    else if (action.type === 'answer') void this.#answer(action, action.allow);
    else app.quit();
  }

  #onMenu(action: MenuAction): void {
    const { core, log } = this.#parts;
    const about = { core, log };
    if (action.type === 'open') this.#open(action.path);
    else if (action.type === 'reference') this.#openReference();
    else if (action.type === 'log') shell.showItemInFolder(log.path);
    else if (action.type === 'copy-diagnostics') void copyDiagnostics(about);
    else if (action.type === 'about') void showAbout(about);
    else app.quit();
  }

  #reveal(path: string): void {
    this.#places
      .open({ path, how: 'reveal' })
      .catch((error: Error) => this.#warn('The folder cannot be shown', error));
  }

  /** Moves to a server of earlier; where its key is gone, the page to get one is shown. */
  async #switchTo(server: string): Promise<void> {
    const { core } = this.#parts;
    try {
      const { outcome } = await core.switchTo(server);
      if (outcome !== 'key-needed') return;
      core.suggestServer(server);
      this.#open('/computer');
    } catch (error) {
      this.#warn('This computer stays where it is', error as Error);
    }
  }

  #warn(message: string, error: Error): void {
    this.#parts.log.write(error.message);
    void dialog.showMessageBox({ type: 'warning', message, detail: error.message, buttons: ['OK'] });
  }

  #openReference(): void {
    const { server } = this.#parts.core.state.settings;
    if (server === '') this.#open();
    else void shell.openExternal(`${server}/docs`);
  }

  #open(path?: string): void {
    // A new window begins with the screen; one that still loads hears of it when it listens.
    if (this.#window.window && path !== undefined) this.#wanted = path;
    this.#tellWanted();
    this.#window.show(path);
  }

  #tellWanted(): void {
    const contents = this.#window.window?.webContents;
    const path = this.#wanted;
    if (!contents || !this.#isListening || path === undefined) return;
    this.#wanted = undefined;
    tell(contents, { type: 'open', path });
  }

  #seen(): void {
    this.#unseenFailures = 0;
    this.#gather();
  }

  #applySettings(): void {
    const { core, updates } = this.#parts;
    const { settings } = core.state;
    nativeTheme.themeSource = settings.theme;
    updates.automatic = settings.updates;
  }

  #gather(): void {
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined;
      this.#show();
    }, gatherMs);
  }

  #show(): void {
    const { state } = this.#parts.core;
    this.#tellTrouble();
    const model = trayModel(state, this.#unseenFailures);
    this.#tray.show(model);
    if (model.badge !== this.#badge) app.setBadgeCount(model.badge);
    this.#badge = model.badge;
    const waiting = state.runner.running.filter(({ waitingFor }) => waitingFor.length > 0);
    this.#notifier.settle(new Set(waiting.map(({ id }) => id)));
    this.#keepAwake.set(state.settings.keepAwake && state.runner.running.length > 0);
    const contents = this.#window.window?.webContents;
    if (contents) tell(contents, { type: 'state', state });
  }
}
