import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TestProject } from 'vitest/node';
import type { BuildAppOptions } from '../../build.mjs';
import { canRunKeyring, KeyringDesktop } from '../../main/src/keys/secret-service.js';
import { findChromium } from '../browser/chromium.js';
import { buildStandIn } from '../stand-in/build.js';
import { startWindowManager } from './window-manager.js';

/**
 * What the specs run on, chosen by the environment:
 *
 * - `ELECTRON_PATH`: an Electron's executable, or the app packed with one. Without it the stand-in is used.
 * - `ELECTRON_APP`: the folder of the app to start; `packed` where the executable holds the app itself. Without it
 *   the built `desktop/`, for an old Electron a build that it understands.
 * - `ELECTRON_ARGS`: more words for the executable, separated by spaces, e.g. `--no-sandbox`.
 *
 * A real Electron needs a display: on a Linux server run them under `xvfb-run -a`.
 */
export interface Lane {
  executablePath: string;
  /** Before the app's folder. */
  args: string[];
  /** Of the app; undefined where the executable holds it. */
  folder: string | undefined;
  isStandIn: boolean;
  /** What a build of the app needs beside its code to run there. */
  shims: string[];
  /** Whether a keychain takes secrets here. */
  hasKeychain: boolean;
  /** Whether a window can be minimised: on a Linux display somebody has to do it. */
  hasWindowManager: boolean;
  /** Of the message bus on which that keychain is, where it is one of the specs' own. */
  bus?: string | undefined;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** Null where the specs cannot be run. */
    lane: Lane | null;
  }
}

// Found as a package, so that the benchmarks, which are bundled elsewhere, find it too.
const desktop = dirname(createRequire(import.meta.url).resolve('@agentfleet/desktop/package.json'));
/** Builds for tests alone; packages are found from there. */
export const builds = join(desktop, 'dist/e2e');

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const lane = await findLane(process.env);
  const isOnLinux = lane && !lane.isStandIn && process.platform === 'linux';
  const keyring = isOnLinux && canRunKeyring ? new KeyringDesktop() : undefined;
  if (isOnLinux && !keyring) {
    console.warn('electron: what needs a keychain is SKIPPED, this machine has no dbus and gnome-keyring.');
  }
  await keyring?.start();
  await keyring?.wipe();
  await keyring?.runKeyring('unlocked');
  const bus = keyring && process.env.DBUS_SESSION_BUS_ADDRESS;
  const isManaged = !isOnLinux || Boolean(process.env.XDG_CURRENT_DESKTOP);
  const windowManager = isManaged ? undefined : await startWindowManager();
  const hasWindowManager = isManaged || windowManager !== undefined;
  if (lane && !hasWindowManager) {
    console.warn(
      'electron: minimising is SKIPPED, this display has no window manager and openbox is missing.',
    );
  }
  const hasKeychain = !isOnLinux || keyring !== undefined;
  project.provide('lane', lane && { ...lane, hasKeychain, hasWindowManager, bus });
  return async () => {
    await windowManager?.stop();
    await keyring?.stop();
  };
}

/** A lane, before it is known what its desktop has. */
type Ground = Omit<Lane, 'hasKeychain' | 'hasWindowManager' | 'bus'>;

export async function findLane(env: NodeJS.ProcessEnv): Promise<Ground | null> {
  const args = env.ELECTRON_ARGS?.split(' ').filter((word) => word !== '') ?? [];
  if (!env.ELECTRON_PATH) return standIn(args);
  const executablePath = env.ELECTRON_PATH;
  if (process.platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY) {
    console.warn('electron: SKIPPED, a real Electron needs a display. Run it under xvfb-run -a.');
    return null;
  }
  // A packed app is what it is, and cannot be asked: the fuse that would answer is blown.
  if (env.ELECTRON_APP === 'packed') {
    return { executablePath, args, folder: undefined, isStandIn: false, shims: [] };
  }
  const shims = isOld(executablePath) ? [join(desktop, 'e2e/node18-shims.ts')] : [];
  const folder = env.ELECTRON_APP ?? (shims.length > 0 ? await buildForOldElectron(shims) : desktop);
  return { executablePath, args, folder, isStandIn: false, shims };
}

async function standIn(args: string[]): Promise<Ground | null> {
  if (!(await findChromium())) {
    console.warn(
      'electron: SKIPPED, there is no Chrome or Chromium for the stand-in. Install one or set CHROME_PATH.',
    );
    return null;
  }
  return {
    executablePath: await buildStandIn(builds),
    args,
    folder: desktop,
    isStandIn: true,
    shims: [],
  };
}

/** Whether an Electron is older than what the app ships with in a way that its code feels. */
function isOld(executablePath: string): boolean {
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
  const version = execFileSync(executablePath, ['-p', 'process.versions.node'], { env, encoding: 'utf8' });
  return Number.parseInt(version, 10) < 20;
}

async function buildForOldElectron(shims: string[]): Promise<string> {
  const folder = join(builds, 'old-electron');
  await buildAppFolder(folder, { shims });
  return folder;
}

/** The app in a folder of its own, built with options, with the renderer that was built for all. */
export async function buildAppFolder(folder: string, options: BuildAppOptions): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { buildApp }: typeof import('../../build.mjs') = await import(
    pathToFileURL(join(desktop, 'build.mjs')).href
  );
  await buildApp({ ...options, outdir: join(folder, 'dist') });
  cpSync(join(desktop, 'package.json'), join(folder, 'package.json'));
  for (const shared of ['renderer', 'resources']) {
    if (existsSync(join(desktop, shared)))
      symlinkSync(join(desktop, shared), join(folder, shared), 'junction');
  }
}

/** As the app calls itself: its folder of settings has this name. */
export const appName: string = JSON.parse(readFileSync(join(desktop, 'package.json'), 'utf8')).productName;
