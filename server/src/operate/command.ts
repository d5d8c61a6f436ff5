import { userInfo } from 'node:os';
import { withHiddenSpelled } from '@agentfleet/contract';
import type { Actor } from '../audit/actor.js';
import type { Config } from '../config.js';
import { ConfigError } from '../config.js';
import type { Database } from '../db/database.js';

/** The options of all commands, as `parseArgs` takes them. */
export const optionTypes = {
  org: { type: 'string' },
  name: { type: 'string' },
  scopes: { type: 'string' },
  to: { type: 'string' },
  'max-concurrent-runs': { type: 'string' },
  'requests-per-minute': { type: 'string' },
  'queued-runs': { type: 'string' },
  'open-streams': { type: 'string' },
  'appended-mb-per-minute': { type: 'string' },
  'keep-old-hours': { type: 'string' },
  'for-minutes': { type: 'string' },
  'ended-days-ago': { type: 'string' },
  'dry-run': { type: 'boolean' },
  confirm: { type: 'string' },
  yes: { type: 'boolean' },
  replace: { type: 'boolean' },
  for: { type: 'string' },
  format: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Types = typeof optionTypes;
type Given<Type> = Type extends { type: 'boolean' } ? boolean : string;
/** As they were given. */
export type Options = { [Name in keyof Types]?: Given<Types[Name]> | undefined };
type NumberOption = Extract<
  keyof Types,
  `max-${string}` | `${string}-${'minute' | 'minutes' | 'runs' | 'streams' | 'hours' | 'ago'}`
>;

/** Who types commands, for the audit trail: a user of this system. */
export function operatorHere(): Actor {
  let name = 'unknown';
  try {
    name = userInfo().username;
  } catch {
    // A user without a name, as in some containers.
  }
  return { kind: 'operator', id: 'operator', name };
}

/** What a command of the operators has to work with. */
export interface Operation {
  database: Database;
  config: Config;
  /** The word after the command, e.g. an id. */
  subject: string | undefined;
  options: Options;
  by: Actor;
}

/** Works on the open database, and says what it did. Throws ConfigError with a sentence for whoever typed it. */
export type Command = (operation: Operation) => Promise<void>;

/** What somebody else wrote, for one line of a terminal: nothing in it moves, colours or hides what stands there. */
export const seen = (text: string): string => withHiddenSpelled(text).replaceAll(/[\r\n]+/g, ' ');

/** A number that is given; undefined where it is not. Throws ConfigError. */
export function numberOf(options: Options, name: NumberOption, least = 1): number | undefined {
  const text = options[name];
  if (text === undefined) return undefined;
  if (!/^\d{1,7}$/.test(text) || Number(text) < least || Number(text) > 1_000_000)
    throw new ConfigError(`--${name} must be a number from ${least} to 1000000.`);
  return Number(text);
}

/** As `numberOf`; null for `none`, which takes a limit away. */
export function limitOf(options: Options, name: NumberOption): number | null | undefined {
  return options[name] === 'none' ? null : numberOf(options, name);
}

/** The id of the org that is named; where there is one only, it need not be. Throws ConfigError. */
export async function orgOf({ prisma }: Database, { org }: Options): Promise<string> {
  const orgs = await prisma.org.findMany({ where: org === undefined ? {} : { id: org }, take: 2 });
  const [found] = orgs;
  if (!found || orgs.length > 1) {
    throw new ConfigError('--org must be the id of an org. list-orgs shows them.');
  }
  return found.id;
}
