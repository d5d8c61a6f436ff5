import * as files from 'node:fs';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { hideSecrets } from '@agentfleet/contract';
import { trustSystem } from '@agentfleet/runner-core';
import { app, session as sessions, shell } from 'electron';
import { hiddenFlag } from '../autostart/autostart.js';
import type { Kept } from '../folders/breadth.js';
import { Owner } from '../guard/owner.js';
import { isSealed } from '../guard/sealed.js';
import { dropSteering } from '../guard/switches.js';
import { ApiRelay } from '../ipc/api-relay.js';
import { ApiKeyHolder } from '../keys/api-key.js';
import { combineKeyStores } from '../keys/key-store.js';
import { nativeKeyStores } from '../keys/native-stores.js';
import { RotatingLog } from '../logs/rotating-log.js';
import { environmentAsStarted } from '../runner/as-started.js';
import { RunnerHost } from '../runner/runner-host.js';
import { SessionEnvironment } from '../runner/session-environment.js';
import { SettingsStore } from '../settings/settings-store.js';
import { runnerDirOf } from '../sign-in/own-key.js';
import { hasTray, hasTraySoon } from '../tray/availability.js';
import { Updates } from '../updates/updates.js';
import { serveAppFiles } from '../windows/app-protocol.js';
import { ask } from '../windows/ask.js';
import { guardNavigation, guardSession } from '../windows/guards.js';
import { isWebAddress } from '../windows/is-ours.js';
import { AppCore } from './app-core.js';
import type { AppHome } from './app-home.js';
import { DesktopApp } from './desktop-app.js';
import type { Openings } from './openings.js';
import { shipped } from './shipped.js';

/** Filled in by the build. */
declare const AGENTFLEET_VERSION: string;

/**
 * Puts the app together and starts it. Called once, when Electron is ready.
 * @param openings heard of since the beginning @param home where its settings and its log are
 */
export async function startApp(openings: Openings, home: AppHome): Promise<void> {
  const data = home.path;
  const log = new RotatingLog(join(data, 'logs', 'agentfleet.log'));
  const write = (text: string) => log.write(text);
  keepFaults(write);
  home.watch();
  write(`AgentFleet ${AGENTFLEET_VERSION} starts on ${process.platform} ${process.arch}.`);

  const session = sessions.defaultSession;
  guardSession(session);
  guardNavigation(write);

  const started = environmentAsStarted(process.env);
  if (isSealed) dropSteering(process.env);
  // After that: no variable says whom the system trusts.
  if (trustSystem() === undefined) write('This Electron trusts its own list of authorities alone.');
  const version = AGENTFLEET_VERSION;
  // Asked of a shell, which may be slow: the window does not wait for it.
  const sessionEnv = new SessionEnvironment(started, process.platform, homedir());
  const host = new RunnerHost({ version, env: sessionEnv.values, log: write });
  const updates = new Updates({
    resourcesPath: process.resourcesPath,
    isPackaged: app.isPackaged,
    log: write,
  });
  const kept: Kept = { home: homedir(), own: [data, runnerDirOf(process.env)] };
  const core = new AppCore({
    version,
    store: new SettingsStore(join(data, 'settings.json'), hostname()),
    keys: new ApiKeyHolder(combineKeyStores(await nativeKeyStores(write)), process.env),
    host,
    appHome: home,
    log,
    env: { ...process.env },
    sessionEnv,
    updates,
    ask,
    owner: new Owner(ask, kept),
    kept,
    browse: (url) => {
      if (isWebAddress(url)) void shell.openExternal(url);
    },
  });
  // The key holder has it.
  hideSecrets({ process, files }, ['AGENTFLEET_API_KEY']);
  const relay = new ApiRelay(version, () => core.apiAccess);
  serveAppFiles(session, shipped('renderer', 'dist'), (address) => relay.image(address));
  const withDesktop = process.argv.includes(hiddenFlag);
  const hasVisibleTray = await (withDesktop ? hasTraySoon : hasTray)(process.platform);
  new DesktopApp({
    core,
    host,
    updates,
    relay,
    log,
    session,
    openings,
    hasTray: hasVisibleTray,
    sessionEnv,
  }).start();
}

/** A fault that nobody caught is written down; the sessions that run are worth more than a clean end. */
function keepFaults(write: (text: string) => void): void {
  process.on('uncaughtException', (error) => write(`Fault: ${error.stack ?? error.message}`));
  process.on('unhandledRejection', (reason) => {
    write(`Fault: ${reason instanceof Error ? reason.stack : String(reason)}`);
  });
}
