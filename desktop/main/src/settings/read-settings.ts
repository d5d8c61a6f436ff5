import { isDeepStrictEqual } from 'node:util';
import { AppSettings, defaultSettings } from '@agentfleet/bridge';

/** Of the settings file as it is written today. */
export const settingsVersion = 2;

export type Fields = Record<string, unknown>;
type Name = keyof AppSettings;
/** Makes a file of version n (its place in the list) one of version n + 1. */
type Migration = (fields: Fields, say: (problem: string) => void) => Fields;

/**
 * 0 → 1: a file without a version was written by hand or by an administrator's script, with the daemon's names.
 * 1 → 2: every mode was on from the start, so that nobody is known to have meant this one.
 */
const migrations: readonly Migration[] = [fromDaemonNames, withoutBypass];

/** In place of a default that allows more than what is not understood may have meant. */
const cautious: Partial<AppSettings> = { permissionModes: ['default'] };

export interface ReadSettings {
  settings: AppSettings;
  /** One sentence for each value that was replaced by its default. */
  problems: string[];
  /**
   * What the file says, under today's names. Also what this version does not understand: a newer one may have written it, and
   * going back and forth loses nothing.
   */
  fields: Fields;
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
  if (text === undefined) return { settings: defaults, problems: [], fields: {} };
  const parsed = parseObject(text);
  if (!parsed) {
    const problem = 'The settings file was damaged. It was put aside, and the defaults are used.';
    return { settings: defaults, problems: [problem], fields: {} };
  }
  const problems: string[] = [];
  const fields = migrate(parsed, steps, (problem) => problems.push(problem));
  const settings: Fields = { ...defaults };
  for (const [name, value] of Object.entries(fields)) {
    if (!isName(name)) continue;
    const read = readValue(name, value);
    if (read.problem !== undefined) problems.push(read.problem);
    if (read.value !== undefined) settings[name] = read.value;
  }
  return { settings: AppSettings.parse(settings), problems, fields };
}

/**
 * The text of a settings file.
 * @param there what the file says now: it stays as it is, but for what was changed
 * @param before the settings until now; what differs from them was changed
 */
export function writeSettingsFile(settings: AppSettings, there: Fields, before: AppSettings): string {
  const names = Object.keys(settings) as Name[];
  const changed = names.filter((name) => !isDeepStrictEqual(settings[name], before[name]));
  const kept = Object.entries(there).filter(([name]) => !changed.some((each) => each === name));
  const lists = changed.flatMap((name) => {
    const value: unknown = settings[name];
    return Array.isArray(value) ? [[name, [...value, ...strangersIn(name, there[name])]] as const] : [];
  });
  // A field may have any name: none is set on what all objects share.
  const fields = {
    version: settingsVersion,
    ...settings,
    ...Object.fromEntries(kept),
    ...Object.fromEntries(lists),
    ...(isOlder(there.version) && { version: settingsVersion }),
  };
  return `${JSON.stringify(fields, null, 2)}\n`;
}

export function isDamaged(text: string): boolean {
  return parseObject(text) === undefined;
}

/** Of a list that holds what this version does not know, the rest holds. */
function readValue(name: Name, value: unknown): { value?: unknown; problem?: string } {
  const schema = AppSettings.shape[name];
  const checked = schema.safeParse(value);
  if (checked.success) return { value: checked.data };
  const strangers = strangersIn(name, value);
  if (strangers.length > 0) {
    const rest = schema.safeParse((value as unknown[]).filter((each) => !strangers.includes(each)));
    if (rest.success && (rest.data as unknown[]).length > 0) {
      const left = strangers.map((each) => JSON.stringify(each)?.slice(0, 100)).join(', ');
      return {
        value: rest.data,
        problem: `Of the setting ${name} this version does not know ${left}. It is left out.`,
      };
    }
  }
  const why = checked.error.issues[0]?.message ?? 'unknown';
  const instead = cautious[name];
  if (instead === undefined)
    return { problem: `The setting ${name} was not valid (${why}). Its default is used.` };
  return {
    value: instead,
    problem: `The setting ${name} was not valid (${why}). The least that it may be is used.`,
  };
}

/** What a list holds that this version does not know; nothing where there is no list. */
function strangersIn(name: Name, value: unknown): unknown[] {
  if (!Array.isArray(value)) return [];
  return value.filter((each) => !AppSettings.shape[name].safeParse([each]).success);
}

const isName = (name: string): name is Name => Object.hasOwn(AppSettings.shape, name);

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

/** A version that is no number was written by a later one than this. */
const isOlder = (version: unknown): boolean =>
  version === undefined || (typeof version === 'number' && version < settingsVersion);

function migrate(fields: Fields, steps: readonly Migration[], say: (problem: string) => void): Fields {
  const { version } = fields;
  if (version !== undefined && typeof version !== 'number') return fields;
  const from = Math.max(0, Math.floor(version ?? 0));
  return steps.slice(from).reduce((migrated, step) => step(migrated, say), fields);
}

function fromDaemonNames(fields: Fields): Fields {
  const { AGENTFLEET_URL, ALLOWED_DIRS, RUNNER_NAME, MAX_CONCURRENT_RUNS, ...rest } = fields;
  const most = Number(MAX_CONCURRENT_RUNS);
  return {
    ...(AGENTFLEET_URL !== undefined && { server: AGENTFLEET_URL }),
    ...(ALLOWED_DIRS !== undefined && { directories: ALLOWED_DIRS }),
    ...(RUNNER_NAME !== undefined && { name: RUNNER_NAME }),
    ...(MAX_CONCURRENT_RUNS !== undefined && {
      maxConcurrentRuns: Number.isNaN(most) ? MAX_CONCURRENT_RUNS : most,
    }),
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
