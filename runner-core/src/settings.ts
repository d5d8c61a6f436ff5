import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { isWellFormedApiKey, PermissionMode } from '@agentfleet/contract';
import { readSecretFile } from './secret-file.js';
import { SettingsError } from './settings-error.js';
import { isAbsolute, splitDirectories } from './split-directories.js';

export { SettingsError } from './settings-error.js';

/** What a runner is told by its user, and nobody else: no server and no link can change it. */
export interface Settings {
  /** Origin of the control API, without a trailing slash. */
  url: string;
  apiKey: string;
  /** Absolute directories, in the user's order. */
  directories: string[];
  name: string;
  maxConcurrentRuns: number;
  /** Seconds a session may run at most, whatever it asks for. */
  maxTimeoutSec: number;
  /** Seconds a session may give no output at most. */
  maxStallSec: number;
  /** Seconds a tool permission waits for a person at most; 0 lets nobody be asked, and denies at once. */
  maxApprovalSec: number;
  permissionModes: PermissionMode[];
  /** The `claude` to run; undefined is the one in PATH. */
  claudePath: string | undefined;
  /** Identity and outbox. */
  runnerDir: string;
}

/** Reads the environment. Throws SettingsError. */
export function readSettings(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): Settings {
  const { settings, faults } = examineSettings(env, platform);
  if (faults[0]) throw faults[0];
  return settings as Settings;
}

/** Reads what can be read, and says everything that is missing or wrong. */
export function examineSettings(
  env: NodeJS.ProcessEnv,
  platform: NodeJS.Platform = process.platform,
): { settings: Partial<Settings>; faults: SettingsError[] } {
  const settings: Partial<Settings> = {};
  const faults: SettingsError[] = [];
  const read = <Name extends keyof Settings>(name: Name, value: () => Settings[Name]) => {
    try {
      settings[name] = value();
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      faults.push(error);
    }
  };
  read('url', () => readUrl(env.AGENTFLEET_URL));
  read('apiKey', () => readKey(env));
  read('directories', () => readDirectories(env.ALLOWED_DIRS, platform));
  read('name', () => env.RUNNER_NAME?.trim().slice(0, 100) || hostname());
  read('maxConcurrentRuns', () => readNumber(env, 'MAX_CONCURRENT_RUNS', 4, 256));
  read('maxTimeoutSec', () => readNumber(env, 'MAX_TIMEOUT_SEC', 86_400, 604_800));
  read('maxStallSec', () => readNumber(env, 'MAX_STALL_SEC', 3_600, 86_400));
  read('maxApprovalSec', () => readNumber(env, 'MAX_APPROVAL_SEC', 86_400, 604_800, 0));
  read('permissionModes', () => readModes(env.ALLOWED_PERMISSION_MODES));
  read('claudePath', () => env.AGENTFLEET_CLAUDE_PATH?.trim() || undefined);
  read('runnerDir', () => env.AGENTFLEET_RUNNER_DIR?.trim() || join(homedir(), '.agentfleet', 'runner'));
  return { settings, faults };
}

function readUrl(value: string | undefined): string {
  const text = value?.trim();
  if (!text) {
    throw new SettingsError(
      'AGENTFLEET_URL is not set. Set it to the address of your control API, e.g. https://your-host',
    );
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new SettingsError(`AGENTFLEET_URL is "${text}", but must begin with https:// or http://`);
  }
  return url.href.replace(/\/+$/, '');
}

function readKey(env: NodeJS.ProcessEnv): string {
  const file = env.AGENTFLEET_API_KEY_FILE?.trim();
  let key = env.AGENTFLEET_API_KEY?.trim();
  if (!key && file) {
    key = readSecretFile('AGENTFLEET_API_KEY_FILE', file, env.CREDENTIALS_DIRECTORY);
  }
  if (!key) {
    throw new SettingsError(
      'AGENTFLEET_API_KEY is not set. Create a key under Settings → API Keys and set it, or put it in a file that only you can read and name that in AGENTFLEET_API_KEY_FILE.',
    );
  }
  if (!isWellFormedApiKey(key)) {
    throw new SettingsError(
      'AGENTFLEET_API_KEY is not an AgentFleet key, or a character of it is wrong or missing. Keys look like af_live_… and have 46 characters.',
    );
  }
  return key;
}

/** Reads ALLOWED_DIRS: see splitDirectories. Throws SettingsError where none is named, and on a relative one. */
export function readDirectories(value: string | undefined, platform: NodeJS.Platform): string[] {
  const windows = platform === 'win32';
  const directories = splitDirectories(value ?? '', platform).map((directory) =>
    directory.replace(/^~(?=$|[\\/])/, homedir()),
  );
  if (directories.length === 0) {
    throw new SettingsError(
      `ALLOWED_DIRS is not set. Name the directories sessions may work in, e.g. ${windows ? 'C:\\Users\\you\\code' : '/home/you/code'}`,
    );
  }
  for (const directory of directories) {
    if (isAbsolute(directory, platform)) continue;
    const [, drive, rest = ''] = (windows && /^\/([A-Za-z])(\/.*)?$/.exec(directory)) || [];
    const hint = drive
      ? ` Windows writes it ${drive.toUpperCase()}:${rest.replaceAll('/', '\\') || '\\'}.`
      : '';
    throw new SettingsError(
      `ALLOWED_DIRS holds "${directory}", but every directory must be absolute.${hint}`,
    );
  }
  return [...new Set(directories)];
}

function readNumber(
  env: NodeJS.ProcessEnv,
  name: string,
  byDefault: number,
  most: number,
  least = 1,
): number {
  const text = env[name]?.trim() || String(byDefault);
  const number = /^\d{1,6}$/.test(text) ? Number(text) : -1;
  if (number < least || number > most) {
    throw new SettingsError(`${name} is "${text}", but must be a number from ${least} to ${most}.`);
  }
  return number;
}

function readModes(value: string | undefined): PermissionMode[] {
  const names = (value ?? '').split(',').map((name) => name.trim());
  const given = names.filter((name) => name !== '');
  if (given.length === 0) return [...PermissionMode.options];
  return given.map((name) => {
    const mode = PermissionMode.safeParse(name);
    if (mode.success) return mode.data;
    throw new SettingsError(
      `ALLOWED_PERMISSION_MODES holds "${name}", but the modes are ${PermissionMode.options.join(', ')}.`,
    );
  });
}
