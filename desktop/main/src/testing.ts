import { type AppState, defaultSettings, type LocalSession, type RunnerStatus } from '@agentfleet/bridge';

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
    environment: null,
    folders: [],
    key: { source: 'keychain', hint: 'af_live_Ab3d…9XyZ', keychainProblem: null },
    next: null,
    runner: {
      phase: 'online',
      reason: null,
      paused: false,
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

export function sessionWith(more: Partial<LocalSession> = {}): LocalSession {
  return {
    id: 'clrabcdefgh12345',
    cwd: '/home/ann/code',
    title: 'add a health check',
    status: 'RUNNING',
    lastLine: 'Edit src/app.ts',
    waitingFor: [],
    ...more,
  };
}
