import { join } from 'node:path';
import {
  type AppSettings,
  type AppState,
  defaultSettings,
  type LocalSession,
  type RunnerStatus,
} from '@agentfleet/bridge';
import type { RunnerPause } from '@agentfleet/contract';

/** A state of the app that is set up and online, for tests of what is made of it. */
export function stateWith(runner: Partial<RunnerStatus> = {}, more: Partial<AppState> = {}): AppState {
  return {
    version: '0.1.0',
    platform: 'linux',
    settings: {
      ...defaultSettings('mill'),
      server: 'https://fleet.example',
      directories: ['/home/ann/code'],
    },
    settingsProblems: [],
    settingsUnreadable: false,
    environment: null,
    folders: [],
    troubles: [],
    key: { source: 'keychain', hint: 'af_live_Ab3d…9XyZ', keychainProblem: null, store: 'holds' },
    next: null,
    signIn: null,
    runner: {
      phase: 'online',
      quits: false,
      reason: null,
      pause: null,
      runnerId: 'run_abcdefgh',
      running: [],
      recent: [],
      ...runner,
    },
    suggestedServer: null,
    update: { phase: 'idle', detail: null },
    logFile: '/home/ann/.config/AgentFleet/logs/agentfleet.log',
    ...more,
  };
}

/** A pause that somebody asked for at this computer, until it is resumed. */
export const paused: RunnerPause = {
  at: '2026-11-30T09:00:00.000Z',
  by: null,
  atMachine: true,
  until: null,
  note: null,
};

export function sessionWith(more: Partial<LocalSession> = {}): LocalSession {
  return {
    id: 'clrabcdefgh12345',
    cwd: '/home/ann/code',
    title: 'add a health check',
    status: 'RUNNING',
    lastLine: 'Edit src/app.ts',
    waitingFor: [],
    answerable: [],
    ...more,
  };
}

/** Another value for every setting that touches no session, in a folder of the test's; a new one without a row does not compile. */
export const otherSettings = (folder: string): Omit<AppSettings, 'server' | 'servers' | 'directories'> => ({
  name: 'attic',
  maxConcurrentRuns: 1,
  permissionModes: ['plan'],
  approvals: false,
  claudePath: join(folder, 'no-claude'),
  openAtLogin: true,
  keepAwake: false,
  notifyFinished: false,
  notifyFailed: false,
  notifyWaiting: false,
  theme: 'dark',
  quickLaunch: 'Control+Alt+F9',
  updates: false,
});
