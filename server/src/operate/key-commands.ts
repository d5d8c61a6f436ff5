import { Scope } from '@agentfleet/contract';
import { createApiKey, limitApiKey, revokeApiKey, rotateApiKey } from '../auth/api-keys.js';
import { revokeCredential } from '../auth/enrolment.js';
import { ConfigError } from '../config.js';
import { type Command, limitOf, numberOf, type Options, orgOf, seen } from './command.js';

/** How long the secret that a rotation replaces goes on being taken, hours. */
const keepOldHours = 24;

/** Which limits are given; null takes one away. */
const limitsIn = (options: Options) => ({
  mostRequests: limitOf(options, 'requests-per-minute'),
  mostQueued: limitOf(options, 'queued-runs'),
  mostStreams: limitOf(options, 'open-streams'),
});

const noKey = (id: string | undefined) =>
  new ConfigError(`The org has no valid key ${id ?? ''}. list-keys shows them.`);

export const keyCommands: Record<string, Command> = {
  async 'create-key'({ database, options, by }) {
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
    const request = { name, scopes: [...new Set(valid)], limits };
    const created = await createApiKey(database, org, request, by);
    console.log(`${created.id}\n\nThe key, shown this once:\n\n  ${created.key}`);
  },

  async 'list-keys'({ database, options }) {
    const orgId = await orgOf(database, options);
    for (const key of await database.prisma.apiKey.findMany({
      where: { orgId, runnerId: null, forSignIn: false },
      orderBy: { createdAt: 'asc' },
    })) {
      const state = key.revokedAt ? 'revoked' : 'valid';
      console.log(
        `${key.id}  ${key.prefix}…${key.lastFour}  ${state}  ${key.scopes.join(',')}  ${seen(key.name)}`,
      );
    }
  },

  async 'limit-key'({ database, subject: id, options, by }) {
    const orgId = await orgOf(database, options);
    const limits = Object.entries(limitsIn(options)).filter(([, limit]) => limit !== undefined);
    if (limits.length === 0) {
      throw new ConfigError('limit-key needs --requests-per-minute, --queued-runs or --open-streams.');
    }
    if (!(await limitApiKey(database, orgId, id ?? '', Object.fromEntries(limits), by))) throw noKey(id);
    console.log(`The limits of ${id} hold from now on.`);
  },

  async 'rotate-key'({ database, subject: id, options, by }) {
    const orgId = await orgOf(database, options);
    const hours = numberOf(options, 'keep-old-hours', 0) ?? keepOldHours;
    const rotated = await rotateApiKey(database, orgId, id ?? '', hours * 3_600_000, by);
    if (!rotated) throw noKey(id);
    const until = rotated.oldUntil ? `is taken until ${rotated.oldUntil.toISOString()}` : 'is revoked';
    console.log(
      `${rotated.id}\n\nThe key, shown this once, which may do what ${id} may:\n\n  ${rotated.key}\n\n${id} ${until}.`,
    );
  },

  async 'revoke-key'({ database, subject: id, options, by }) {
    const key = await revokeApiKey(database, await orgOf(database, options), id ?? '', by);
    if (!key) throw new ConfigError(`The org has no key ${id ?? ''}. list-keys shows them.`);
    console.log(`${key.id} is revoked.`);
  },

  async 'revoke-runner'({ database, subject: id, options, by }) {
    const orgId = await orgOf(database, options);
    const runner = await database.prisma.runner.findFirst({ where: { id: id ?? '', orgId } });
    if (!runner) throw new ConfigError(`The org has no runner ${id ?? ''}. The dashboard shows their ids.`);
    await revokeCredential(database, orgId, runner.id, by);
    console.log(`The credential of ${runner.id} (${seen(runner.name)}) is revoked.`);
  },
};
