// `npm run agentfleet -- COMMAND`: the operators' command line. It works on the database itself.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { backUp, restore } from './backup/backup.js';
import { type Config, ConfigError, readConfig, runProgram } from './config.js';
import { openDatabase } from './db/open.js';
import { auditCommands } from './operate/audit-commands.js';
import { type Command, type Options, operatorHere, optionTypes } from './operate/command.js';
import { keyCommands } from './operate/key-commands.js';
import { migrateByHand } from './operate/migrate-by-hand.js';
import { orgCommands } from './operate/org-commands.js';
import { personCommands } from './operate/person-commands.js';
import { runCommands } from './operate/run-commands.js';
import { hideServerSecrets } from './secrets.js';

const help = `Usage: npm run agentfleet -- COMMAND

Orgs
  create-org NAME [--max-concurrent-runs N]       make an org and an admin key for it
  list-orgs
  change-org ID [--name NAME] [--max-concurrent-runs N|none]
    [--requests-per-minute N|none] [--queued-runs N|none] [--appended-mb-per-minute N|none] [--open-streams N|none]
                                                  how much all of it may ask for; none: as the servers have it
  delete-org ID --confirm NAME | --yes            delete an org with all that it has, for good
  require-runner-credentials on|off [--org ID]    whether API keys may do nothing of the runner protocol but enrol

Keys
  create-key --name NAME --scopes A,B [--org ID]  scopes: admin, runs:write, runs:read, runner
    [--requests-per-minute N] [--queued-runs N] [--open-streams N]   how much it may ask for; unlimited without
  list-keys [--org ID]
  limit-key ID [--org ID]                         with the limits of create-key, or none for one
  rotate-key ID [--keep-old-hours N] [--org ID]   another secret for what a key may do; the old one is taken for 24 hours more,
                                                  or N; 0 revokes it
  revoke-key ID [--org ID]
  revoke-runner ID [--org ID]                     revoke the runner's own credential
  delete-person NAME --yes|--dry-run [--org ID]   revoke the keys of that name, and put another in its place wherever it was
                                                  written down: approvals, their logs, the audit trail

Sessions
  find-stuck [--for-minutes N] [--org ID]         those that have not gone on for 10 minutes, or N, and why
  move-run ID --to RUNNER|any [--org ID]          let one that is queued wait for another runner
  delete-runs --ended-days-ago N --yes|--dry-run [--org ID]   delete those that ended N days ago or earlier, for good
  recount-costs [--org ID] [--dry-run]            set right the cost, tokens and turns of runs by what their logs say
  rebuild-usage [--org ID] [--dry-run]            hold the sums of usage against the sessions, and set right what differs

Audit
  export-audit [--format ndjson] [--org ID]       who did what, newest first, as CSV or with a line of JSON for each entry;
                                                  --org may be one that was deleted

Data
  backup FILE                                     write the database into a file, while servers go on
  restore FILE [--replace]                        put the database of a backup in place; --replace: of one that is there
  migrate [--for ROLE]                            bring the schema up to date, which servers do as well at their start; --for: give
                                                  the rights that they need to the role that servers sign in with
  prune                                           delete now what servers delete by and by: events, texts, sessions
                                                  and the audit trail after their retention (EVENT_RETENTION_DAYS, TEXT_RETENTION_DAYS,
                                                  RUN_RETENTION_DAYS, AUDIT_RETENTION_DAYS), sign-ins that are over

--org is needed where there are several orgs; recount-costs and rebuild-usage take all of them without it.

Settings: DATABASE_URL, or AGENTFLEET_DATA_DIR for the embedded database (stop the server first, but for a backup).`;

const commands = new Map<string, Command>(
  Object.entries({ ...orgCommands, ...keyCommands, ...personCommands, ...runCommands, ...auditCommands }),
);

type WithoutDatabase = (config: Config, file: string | undefined, options: Options) => Promise<void>;
const fileCommands: Record<string, WithoutDatabase> = {
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

/** Those that open no database: it may be in use, or not be there yet. */
const withoutDatabase = new Map(Object.entries(fileCommands));

/** One at work is enough for it: what it takes is what others lack. */
const poolSizes = { poolSize: 2, readPoolSize: 1 };

runProgram(async () => {
  const { values: options, positionals } = parse();
  const [command, subject, ...more] = positionals;
  if (options.help || command === undefined) return console.log(help);
  const work = commands.get(command);
  const other = withoutDatabase.get(command);
  if (!work && !other) throw new ConfigError(`There is no command ${command}.\n\n${help}`);
  if (more.length > 0)
    throw new ConfigError(`${command} takes one word, not ${1 + more.length}: quote what has spaces in it.`);
  const config = readConfig(process.env);
  hideServerSecrets();
  // PostgreSQL's own programs, locks and changes of the schema want connections of their own.
  if (!work)
    return other?.(
      { ...config, databaseUrl: config.databaseDirectUrl ?? config.databaseUrl },
      subject,
      options,
    );
  const database = await openDatabase({
    url: config.databaseUrl,
    directUrl: config.databaseDirectUrl,
    dataDir: config.dataDir,
    ...poolSizes,
  });
  try {
    await work({ database, config, subject, options, by: operatorHere() });
  } finally {
    await database.close();
  }
});

function parse() {
  try {
    return parseArgs({ allowPositionals: true, options: optionTypes });
  } catch (error) {
    throw new ConfigError(`${(error as Error).message}\n\n${help}`);
  }
}
