import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { claude } from '../../../runner-core/e2e/fleet.js';
import { modelServerEnvironment } from '../../../runner-core/e2e/model-server.js';
import { appName } from './lane.js';

export interface ComputerOptions {
  /** Whether its desktop has a place for tray icons. */
  tray?: boolean;
  /** Whether it has a keychain that takes secrets; macOS and Windows always have one. */
  keychain?: boolean;
}

/** A user's computer: a home of its own with a folder of code, Claude Code talking to the model server, a desktop. */
export class Computer {
  /** Real path of the user's home. */
  readonly home: string;
  /** Real path of a folder sessions may work in. */
  readonly code: string;
  /** Where the app keeps its settings and its log. */
  readonly userData: string;
  readonly runnerDir: string;
  readonly hasKeychain: boolean;
  readonly env: Record<string, string>;

  constructor(modelUrl: string, { tray = true, keychain = true }: ComputerOptions = {}) {
    this.home = realpathSync(mkdtempSync(join(tmpdir(), 'agentfleet-desktop-')));
    this.code = join(this.home, 'code');
    this.runnerDir = join(this.home, 'runner');
    this.hasKeychain = keychain;
    const config = join(this.home, '.config');
    this.userData = join(config, appName);
    const tools = join(this.home, 'tools');
    for (const folder of [this.code, tools, this.userData]) mkdirSync(folder, { recursive: true });
    // The desktop is asked on the message bus whether it shows tray icons.
    writeFileSync(join(tools, 'gdbus'), `#!/bin/sh\necho '(${tray},)'\n`);
    chmodSync(join(tools, 'gdbus'), 0o755);
    this.env = {
      ...kept(process.env),
      ...modelServerEnvironment(modelUrl, this.home),
      XDG_CONFIG_HOME: config,
      PATH: [tools, dirname(process.execPath), process.env.PATH ?? ''].join(delimiter),
      AGENTFLEET_RUNNER_DIR: this.runnerDir,
      AGENTFLEET_CLAUDE_PATH: claude,
      ...(keychain
        ? { AGENTFLEET_STAND_IN_KEYCHAIN: join(this.home, 'keychain.json') }
        : { DBUS_SESSION_BUS_ADDRESS: `unix:path=${join(this.home, 'no-bus')}` }),
    };
  }

  /** The app's settings file as a person or an older version left it. */
  writeSettings(settings: object | string): void {
    const text = typeof settings === 'string' ? settings : JSON.stringify({ version: 1, ...settings });
    writeFileSync(join(this.userData, 'settings.json'), text);
  }

  /** What its window remembers, as an app that was used before left it. */
  writeWindowMemory(remembered: object): void {
    writeFileSync(join(this.userData, 'window.json'), JSON.stringify(remembered));
  }

  readSettings(): Record<string, unknown> {
    return JSON.parse(readFileSync(join(this.userData, 'settings.json'), 'utf8'));
  }

  log(): string {
    return readFileSync(join(this.userData, 'logs', 'agentfleet.log'), 'utf8');
  }

  /** Of a killed Electron the helpers live a moment longer and may still write here: each try looks anew. */
  async remove(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        rmSync(this.home, { recursive: true, force: true });
        return;
      } catch (error) {
        if (tries === 50) throw error;
        await delay(100);
      }
    }
  }
}

/** What every process needs of the machine, and nothing else of the environment of the tests. */
function kept(env: NodeJS.ProcessEnv): Record<string, string> {
  const names = [
    'DISPLAY',
    'WAYLAND_DISPLAY',
    'XAUTHORITY',
    'XDG_RUNTIME_DIR',
    'DBUS_SESSION_BUS_ADDRESS',
    'LANG',
  ];
  const windows = [
    'SystemRoot',
    'TEMP',
    'TMP',
    'APPDATA',
    'LOCALAPPDATA',
    'ProgramFiles',
    'ProgramFiles(x86)',
  ];
  return Object.fromEntries(
    [...names, ...windows, 'CHROME_PATH'].flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
