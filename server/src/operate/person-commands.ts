import { ConfigError } from '../config.js';
import { movedLogsOfOrg } from '../eventlog/moved/sql.js';
import { type Command, orgOf, seen } from './command.js';
import { countPerson, deletePerson } from './delete-person.js';
import { nobody } from './sql/delete-person.js';

export const personCommands: Record<string, Command> = {
  async 'delete-person'({ database, subject: name, options, by }) {
    if (!name?.trim())
      throw new ConfigError('delete-person needs the name of a key, or of a user of a computer.');
    if (name === nobody) throw new ConfigError(`${nobody} is what stands where names stood.`);
    const orgId = await orgOf(database, options);
    const { keys, approvals, runners, entries } = await countPerson(database, orgId, name);
    const what = `${seen(name)} stands at ${keys} keys, ${approvals} approvals, ${runners} paused runners and ${entries} entries of the audit trail of ${orgId}.`;
    if (options['dry-run'] === true) return console.log(what);
    if (options.yes !== true) {
      throw new ConfigError(
        `${what} This revokes the keys, and puts "${nobody}" in place of the name, for good. Say so with --yes, or look with --dry-run.`,
      );
    }
    await deletePerson(database, { orgId, name, say: console.log }, by);
    console.log(`${seen(name)} is deleted.`);
    const [moved] = await database.query<{ logs: number }>(movedLogsOfOrg, [orgId]);
    if (moved && moved.logs > 0) {
      console.log(
        `${moved.logs} logs of the org lie in the log store and were not looked into: the name may stand there, in what was decided.`,
      );
    }
  },
};
