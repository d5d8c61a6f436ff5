// `npm run agentfleet -- COMMAND`: the operators' command line. It works on the database itself.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Scope } from '@agentfleet/contract';
import { createApiKey, revokeApiKey } from './auth/api-keys.js';
import { revokeCredential } from './auth/enrolment.js';
import { updateOrg } from './auth/orgs.js';
import { backUp, restore } from './backup/backup.js';
import { type Config, ConfigError, readConfig, runProgram } from './config.js';
import type { Database } from './db/database.js';
import { newId } from './db/ids.js';
import { openDatabase } from './db/open.js';
import { countOrg, deleteOrg } from './operate/delete-org.js';
import { migrateByHand } from './operate/migrate-by-hand.js';
import { hideServerSecrets } from './secrets.js';
import { recountCosts } from './usage/recount-costs.js';

const help = `Usage: npm run agentfleet -- COMMAND

  create-org NAME [--max-concurrent-runs N]       make an org and an admin key for it
  list-orgs
  delete-org ID --confirm NAME | --yes            delete an org with all that it has, for good
  create-key --name NAME --scopes A,B [--org ID]  scopes: admin, runs:write, runs:read, runner
    [--requests-per-minute N] [--queued-runs N] [--open-streams N]   how much it may ask for; unlimited without
  list-keys [--org ID]
  revoke-key ID [--org ID]
  revoke-runner ID [--org ID]                     revoke the runner's own credential
  require-runner-credentials on|off [--org ID]    whether API keys may do nothing of the runner protocol but enrol
  backup FILE                                     write the database into a file, while servers go on
  restore FILE [--replace]                        put the database of a backup in place; --replace: of one that is there
  migrate [--for ROLE]                            bring the schema up to date, which servers do as well at their start; --for: give
                                                  the rights that they need to the role that servers sign in with
  recount-costs [--org ID] [--dry-run]            set right the cost, tokens and turns of runs by what their logs say

--org is needed where there are several orgs; recount-costs takes all of them without it.

Settings: DATABASE_URL, or AGENTFLEET_DATA_DIR for the embedded database (stop the server first, but for a backup).`;

interface Options {
  org?: string | undefined;
  name?: string | undefined;
  scopes?: string | undefined;
  'max-concurrent-runs'?: string | undefined;
  'requests-per-minute'?: string | undefined;
  'queued-runs'?: string | undefined;
  'open-streams'?: string | undefined;
  'dry-run'?: boolean | undefined;
  confirm?: string | undefined;
  yes?: boolean | undefined;
  replace?: boolean | undefined;
  for?: string | undefined;
}

type Work = (database: Database, subject: string | undefined, options: Options) => Promise<void>;

const commands: Record<string, Work | undefined> = {
  async 'create-org'(database, name, options) {
    if (!name?.trim()) throw new ConfigError('create-org needs a name.');
    const most = numberOf(options, 'max-concurrent-runs') ?? null;
    const id = newId('org_');
    await database.prisma.org.create({
      data: { id, name: name.trim(), maxConcurrentRuns: most },
    });
    const { key } = await createApiKey(database, id, { name: 'first admin key', scopes: ['admin'] });
    console.log(`${id}\n\nIts admin key, shown this once:\n\n  ${key}`);
  },
  async 'list-orgs'(database) {
    for (const org of await database.prisma.org.findMany({ orderBy: { createdAt: 'asc' } })) {
      console.log(`${org.id}  ${org.name}`);
    }
  },
  async 'delete-org'(database, id, { confirm, yes }) {
    const org = id === undefined ? undefined : await countOrg(database, id);
    if (id === undefined || !org)
      throw new ConfigError('delete-org needs the id of an org. list-orgs shows them.');
    if (yes !== true && confirm !== org.name) {
      throw new ConfigError(
        `This deletes ${JSON.stringify(org.name)} (${id}) for good, with ${org.runs} sessions, ${org.runners} runners and ${org.keys} keys. Say so with --confirm and its name, or with --yes.`,
      );
    }
    await deleteOrg(database, id, console.log);
    console.log(`${id} is deleted.`);
  },
  async 'create-key'(database, _subject, options) {
    const org = await orgOf(database, options);
    const scopes = (options.scopes ?? '').split(',').map((scope) => Scope.safeParse(scope.trim()));
    const valid = scopes.flatMap((scope) => (scope.success ? [scope.data] : []));
    if (valid.length !== scopes.length) {
      throw new ConfigError(`--scopes must be a list of ${Scope.options.join(', ')}.`);
    }
    const name = options.name?.trim();
    if (!name) throw new ConfigError('create-key needs --name.');
    const limits = {
      requestsPerMinute: numberOf(options, 'requests-per-minute'),
      queuedRuns: numberOf(options, 'queued-runs'),
      openStreams: numberOf(options, 'open-streams'),
    };
    const created = await createApiKey(database, org, { name, scopes: [...new Set(valid)], limits });
    console.log(`${created.id}\n\nThe key, shown this once:\n\n  ${created.key}`);
  },
  async 'list-keys'(database, _subject, options) {
    const orgId = await orgOf(database, options);
    for (const key of await database.prisma.apiKey.findMany({
      where: { orgId, runnerId: null, forSignIn: false },
      orderBy: { createdAt: 'asc' },
    })) {
      const state = key.revokedAt ? 'revoked' : 'valid';
      console.log(`${key.id}  ${key.prefix}…${key.lastFour}  ${state}  ${key.scopes.join(',')}  ${key.name}`);
    }
  },
  async 'revoke-key'(database, id, options) {
    const key = await revokeApiKey(database, await orgOf(database, options), id ?? '');
    if (!key) throw new ConfigError(`The org has no key ${id ?? ''}. list-keys shows them.`);
    console.log(`${key.id} is revoked.`);
  },
  async 'revoke-runner'(database, id, options) {
    const orgId = await orgOf(database, options);
    const runner = await database.prisma.runner.findFirst({ where: { id: id ?? '', orgId } });
    if (!runner) throw new ConfigError(`The org has no runner ${id ?? ''}. The dashboard shows their ids.`);
    await revokeCredential(database, orgId, runner.id);
    console.log(`The credential of ${runner.id} (${runner.name}) is revoked.`);
  },
  async 'require-runner-credentials'(database, value, options) {
    if (value !== 'on' && value !== 'off') {
      throw new ConfigError('require-runner-credentials needs on or off.');
    }
    const org = await orgOf(database, options);
    const { name } = await updateOrg(database, org, { requireRunnerCredentials: value === 'on' });
    console.log(
      `Runners of ${name} ${value === 'on' ? 'need' : 'do not need'} credentials of their own from now on.`,
    );
  },
  async 'recount-costs'(database, _subject, options) {
    const orgId = options.org === undefined ? undefined : await orgOf(database, options);
    await recountCosts(database, { orgId, dryRun: options['dry-run'] === true, say: console.log });
  },
};

/** Those that open no database: it may be in use, or not be there yet. */
const withoutDatabase: Record<
  string,
  ((config: Config, file: string | undefined, options: Options) => Promise<void>) | undefined
> = {
  async backup(config, file) {
    if (file === undefined) throw new ConfigError('backup needs the name of a file.');
    await backUp(config, file);
    console.log(
      `The backup is in ${resolve(file)}. It holds prompts, results and logs: keep it as safe as the database.`,
    );
  },
  migrate: (config, _subject, options) => migrateByHand(config, options.for, console.log),
  async restore(config, file, { replace }) {
    if (file === undefined) throw new ConfigError('restore needs the name of a file.');
    await restore(config, file, replace === true);
    console.log('The backup is restored. Servers may be started.');
  },
};

runProgram(async () => {
  const { values, positionals } = parse();
  const [command, subject] = positionals;
  if (values.help || command === undefined) return console.log(help);
  const work = commands[command];
  const other = withoutDatabase[command];
  if (!work && !other) throw new ConfigError(`There is no command ${command}.\n\n${help}`);
  const config = readConfig(process.env);
  hideServerSecrets();
  // PostgreSQL's own programs, locks and changes of the schema want connections of their own.
  if (!work)
    return other?.(
      { ...config, databaseUrl: config.databaseDirectUrl ?? config.databaseUrl },
      subject,
      values,
    );
  const database = await openDatabase({
    url: config.databaseUrl,
    directUrl: config.databaseDirectUrl,
    dataDir: config.dataDir,
  });
  try {
    await work(database, subject, values);
  } finally {
    await database.close();
  }
});

/** A number that is given; undefined where it is not. */
function numberOf(
  options: Options,
  name: 'max-concurrent-runs' | 'requests-per-minute' | 'queued-runs' | 'open-streams',
): number | undefined {
  const text = options[name];
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,6}$/.test(text) || Number(text) > 1_000_000)
    throw new ConfigError(`--${name} must be a number from 1 to 1000000.`);
  return Number(text);
}

/** The org that is named; where there is one only, it need not be. */
async function orgOf({ prisma }: Database, { org }: Options): Promise<string> {
  const orgs = await prisma.org.findMany({ where: org === undefined ? {} : { id: org }, take: 2 });
  const [found] = orgs;
  if (!found || orgs.length > 1) {
    throw new ConfigError('--org must be the id of an org. list-orgs shows them.');
  }
  return found.id;
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        org: { type: 'string' },
        name: { type: 'string' },
        scopes: { type: 'string' },
        'max-concurrent-runs': { type: 'string' },
        'requests-per-minute': { type: 'string' },
        'queued-runs': { type: 'string' },
        'open-streams': { type: 'string' },
        'dry-run': { type: 'boolean' },
        confirm: { type: 'string' },
        yes: { type: 'boolean' },
        replace: { type: 'boolean' },
        for: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new ConfigError(`${(error as Error).message}\n\n${help}`);
  }
}
