import { AppSettings, defaultSettings } from '@agentfleet/bridge';

/** Of the settings file as it is written today. */
export const settingsVersion = 2;

type Fields = Record<string, unknown>;
/** Makes a file of version n (its place in the list) one of version n + 1. */
type Migration = (fields: Fields, say: (problem: string) => void) => Fields;

/**
 * 0 → 1: a file without a version was written by hand or by an administrator's script, with the daemon's names.
 * 1 → 2: every mode was on from the start, so that nobody is known to have meant this one.
 */
const migrations: readonly Migration[] = [fromDaemonNames, withoutBypass];

export interface ReadSettings {
  settings: AppSettings;
  /** One sentence for each value that was replaced by its default. */
  problems: string[];
  /** Fields that a newer version wrote: kept, so that going back and forth loses nothing. */
  unknown: Fields;
}

/**
 * Reads a settings file. Never throws: what cannot be understood becomes its default, with a word about it.
 * @param text undefined when there is no file yet
 */
export function readSettingsFile(
  text: string | undefined,
  hostname: string,
  steps: readonly Migration[] = migrations,
): ReadSettings {
  const defaults = defaultSettings(hostname);
  if (text === undefined) return { settings: defaults, problems: [], unknown: {} };
  const parsed = parseObject(text);
  if (!parsed) {
    const problem = 'The settings file was damaged. It was put aside, and the defaults are used.';
    return { settings: defaults, problems: [problem], unknown: {} };
  }
  const problems: string[] = [];
  const { version, ...fields } = migrate(parsed, steps, (problem) => problems.push(problem));
  const settings: Fields = { ...defaults };
  const unknown: [string, unknown][] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (!Object.hasOwn(AppSettings.shape, name)) {
      unknown.push([name, value]);
      continue;
    }
    const checked = AppSettings.shape[name as keyof AppSettings].safeParse(value);
    if (checked.success) settings[name] = checked.data;
    else
      problems.push(
        `The setting ${name} was not valid (${firstProblem(checked.error)}). Its default is used.`,
      );
  }
  if (typeof version === 'number' && version > settingsVersion) unknown.push(['version', version]);
  // A field may have any name: none is set on what all objects share.
  return { settings: AppSettings.parse(settings), problems, unknown: Object.fromEntries(unknown) };
}

/** The text of a settings file. */
export function writeSettingsFile(settings: AppSettings, unknown: Fields): string {
  return `${JSON.stringify({ version: settingsVersion, ...settings, ...unknown }, null, 2)}\n`;
}

export function isDamaged(text: string): boolean {
  return parseObject(text) === undefined;
}

function parseObject(text: string): Fields | undefined {
  try {
    // Some editors and scripts of Windows begin a file with a mark of its encoding.
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Fields)
      : undefined;
  } catch {
    return undefined;
  }
}

function migrate(fields: Fields, steps: readonly Migration[], say: (problem: string) => void): Fields {
  const version = Number.isInteger(fields.version) ? Number(fields.version) : 0;
  return steps.slice(Math.max(0, version)).reduce((migrated, step) => step(migrated, say), fields);
}

function fromDaemonNames(fields: Fields): Fields {
  const { AGENTFLEET_URL, ALLOWED_DIRS, RUNNER_NAME, MAX_CONCURRENT_RUNS, ...rest } = fields;
  return {
    ...(AGENTFLEET_URL !== undefined && { server: AGENTFLEET_URL }),
    ...(ALLOWED_DIRS !== undefined && { directories: ALLOWED_DIRS }),
    ...(RUNNER_NAME !== undefined && { name: RUNNER_NAME }),
    ...(MAX_CONCURRENT_RUNS !== undefined && { maxConcurrentRuns: Number(MAX_CONCURRENT_RUNS) }),
    ...rest,
  };
}

function withoutBypass(fields: Fields, say: (problem: string) => void): Fields {
  const { permissionModes } = fields;
  if (!Array.isArray(permissionModes) || !permissionModes.includes('bypassPermissions')) return fields;
  say('The mode bypassPermissions was turned off: turn it on again if sessions shall ask nobody.');
  const left = permissionModes.filter((mode) => mode !== 'bypassPermissions');
  return { ...fields, permissionModes: left.length > 0 ? left : ['default'] };
}

function firstProblem(error: { issues: readonly { message: string }[] }): string {
  return error.issues[0]?.message ?? 'unknown';
}
