import { createApiKey } from '../auth/api-keys.js';
import { changeOrg, createOrg, updateOrg } from '../auth/orgs.js';
import { ConfigError } from '../config.js';
import { type Command, limitOf, numberOf, type Options, orgOf, seen } from './command.js';
import { countOrg, deleteOrg } from './delete-org.js';

/** Which limits are given; null takes one of its own away. */
const limitsIn = (options: Options) => ({
  maxConcurrentRuns: limitOf(options, 'max-concurrent-runs'),
  mostRequests: limitOf(options, 'requests-per-minute'),
  mostQueued: limitOf(options, 'queued-runs'),
  mostAppendedMb: limitOf(options, 'appended-mb-per-minute'),
  mostStreams: limitOf(options, 'open-streams'),
});

export const orgCommands: Record<string, Command> = {
  async 'create-org'({ database, subject: name, options, by }) {
    if (!name?.trim()) throw new ConfigError('create-org needs a name.');
    const most = numberOf(options, 'max-concurrent-runs') ?? null;
    const org = { name: name.trim(), maxConcurrentRuns: most };
    const { id, made } = await createOrg(database, org, by, (tx, orgId) =>
      createApiKey(tx, orgId, { name: 'first admin key', scopes: ['admin'] }, by),
    );
    console.log(`${id}\n\nIts admin key, shown this once:\n\n  ${made.key}`);
  },

  async 'list-orgs'({ database }) {
    for (const org of await database.prisma.org.findMany({ orderBy: { createdAt: 'asc' } })) {
      const limit = org.maxConcurrentRuns === null ? '' : `  (${org.maxConcurrentRuns} sessions at once)`;
      console.log(`${org.id}  ${seen(org.name)}${limit}`);
    }
  },

  async 'change-org'({ database, subject, options, by }) {
    const id = await orgOf(database, { org: subject ?? options.org });
    const name = options.name?.trim();
    if (name === '') throw new ConfigError('--name must not be empty.');
    const limits = Object.entries(limitsIn(options)).filter(([, limit]) => limit !== undefined);
    if (name === undefined && limits.length === 0) {
      throw new ConfigError(
        'change-org needs --name, --max-concurrent-runs, --requests-per-minute, --queued-runs, --appended-mb-per-minute or --open-streams.',
      );
    }
    const change = { ...(name !== undefined && { name }), ...Object.fromEntries(limits) };
    const org = await changeOrg(database, id, change, by);
    const most = org.maxConcurrentRuns ?? 'as many as its runners take';
    console.log(`${id} is called ${JSON.stringify(org.name)} and may run ${most} sessions at once.`);
  },

  async 'delete-org'({ database, subject: id, options: { confirm, yes }, by }) {
    const org = id === undefined ? undefined : await countOrg(database, id);
    if (id === undefined || !org)
      throw new ConfigError('delete-org needs the id of an org. list-orgs shows them.');
    if (yes !== true && confirm !== org.name) {
      throw new ConfigError(
        `This deletes ${JSON.stringify(org.name)} (${id}) for good, with ${org.runs} sessions, ${org.runners} runners and ${org.keys} keys. Say so with --confirm and its name, or with --yes.`,
      );
    }
    await deleteOrg(database, id, console.log, by);
    console.log(`${id} is deleted.`);
  },

  async 'require-runner-credentials'({ database, subject: value, options, by }) {
    if (value !== 'on' && value !== 'off') {
      throw new ConfigError('require-runner-credentials needs on or off.');
    }
    const org = await orgOf(database, options);
    const { name } = await updateOrg(database, org, { requireRunnerCredentials: value === 'on' }, by);
    console.log(
      `Runners of ${seen(name)} ${value === 'on' ? 'need' : 'do not need'} credentials of their own from now on.`,
    );
  },
};
