import { test as base, inject } from 'vitest';
import { Fleet } from '../../../runner-core/e2e/fleet.js';
import { Model, startModelServer } from '../../../runner-core/e2e/model-server.js';
import { isWhole } from '../../../runner-core/e2e/whole.js';
import { Computer, type ComputerOptions } from './computer.js';
import type { Lane } from './lane.js';
import { RunningApp, type StartOptions } from './running-app.js';

const lane = inject('lane');

/** A computer of the test's own. */
export type AComputer = (options?: ComputerOptions) => Computer;
/** Starts the app on a computer. */
export type Start = (computer: Computer, options?: StartOptions) => Promise<RunningApp>;

/** How a connected computer differs from the usual one. */
export interface ConnectedOptions extends ComputerOptions, StartOptions {
  computer?: Computer;
  settings?: object;
  /** What its window remembers; by default that its person knows what closing it means. */
  remembered?: object;
  /** Whether it is waited for until its runner is online. */
  waits?: boolean;
}

/** With what every spec needs, for one that needs more; `test` is skipped where there is nothing to run it on. */
export const extended = base
  .extend('lane', { scope: 'file' }, (): Lane => {
    if (!lane) throw new Error('there is nothing to run the app on');
    return lane;
  })
  // Files of a worker share this module: what one told the model is none of the next one's.
  .extend('model', { scope: 'file' }, () => new Model())
  .extend('modelServer', { scope: 'file' }, async ({ model }, { onCleanup }) => {
    const server = await startModelServer((request) => model.script(request));
    onCleanup(() => server.close());
    return server;
  })
  .extend('fleet', { scope: 'file' }, async ({ modelServer }, { onCleanup }) => {
    const fleet = await Fleet.start(modelServer, { daemon: false });
    onCleanup(() => fleet.close());
    return fleet;
  })
  .extend('aComputer', async ({ modelServer }, { onCleanup }) => {
    const made: Computer[] = [];
    onCleanup(async () => {
      for (const computer of made) await computer.remove();
    });
    const aComputer: AComputer = (options) => {
      const computer = new Computer(modelServer.url, options);
      made.push(computer);
      return computer;
    };
    return aComputer;
  })
  // Depends on the computers, so that the apps end before their homes are removed.
  .extend('start', async ({ lane, aComputer: _aComputer }, { onCleanup }) => {
    const started: RunningApp[] = [];
    onCleanup(async () => {
      for (const app of started) await app.kill();
    });
    const start: Start = async (computer, options) => {
      const app = await RunningApp.start(lane, computer, options);
      started.push(app);
      return app;
    };
    return start;
  })
  .extend('connected', async ({ fleet, aComputer, start }) => {
    const connected = async (options: ConnectedOptions = {}): Promise<Connected> => {
      const { computer = aComputer(options), settings, waits = true, ...more } = options;
      const { remembered = { toldOfClosing: true } } = options;
      computer.writeWindowMemory(remembered);
      computer.writeSettings({ server: fleet.url, directories: [computer.code], name: 'mill', ...settings });
      const app = await start(computer, { ...more, env: { AGENTFLEET_API_KEY: fleet.key, ...more.env } });
      if (waits) await app.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: online');
      return { computer, app };
    };
    return connected;
  });

/** A computer that was connected some day: its app finds its settings, and the key in its environment. */
export interface Connected {
  computer: Computer;
  app: RunningApp;
}

/** A test of the app; skipped where there is nothing to run it on. */
export const test = extended.skipIf(lane === null);
/** A test that builds the app anew, where the tests run whole; a packed executable starts the app it holds and no other. */
export const withBuilds = extended.skipIf(!isWhole || lane?.folder === undefined);
/** A test of what an installed app does with files of a Linux desktop. */
export const whenInstalled = extended.skipIf(
  lane === null || lane.folder !== undefined || process.platform !== 'linux',
);
/** A test that needs a machine without a keychain; on macOS and Windows every user has one. */
export const withoutKeychain = extended.skipIf(
  lane === null || (!lane.isStandIn && process.platform !== 'linux'),
);
/** A test that needs a keychain which takes a key: on a real Electron, the one of the desktop it runs on. */
export const withKeychain = extended.skipIf(lane?.hasKeychain !== true);
/** A test of a keychain that is made to say something. */
export const onStandIn = extended.skipIf(lane?.isStandIn !== true);
/** A test of real keychains, each on a desktop of the test's own, and of the app on a real Electron with them. */
export const onRealKeyring = extended.skipIf(lane?.bus === undefined);
/** A test that minimises a window, which is the window manager's to do. */
export const withWindowManager = extended.skipIf(lane?.hasWindowManager !== true);
