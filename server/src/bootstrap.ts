import { createApiKey } from './auth/api-keys.js';
import type { Database } from './db/database.js';
import { newId } from './db/ids.js';

const lockFirstOrg = {
  name: 'lock-first-org',
  text: `SELECT pg_advisory_xact_lock(hashtext('agentfleet first org'))`,
};
const countOrgs = { name: 'count-orgs', text: 'SELECT count(*) AS count FROM orgs' };
const insertOrg = { name: 'insert-first-org', text: 'INSERT INTO orgs (id, name) VALUES ($1, $2)' };

/**
 * On an empty database makes an org and an admin key. Of several servers that start at once one does.
 * @returns the key, which is kept nowhere; undefined when there was an org already
 */
export async function bootstrap(database: Database): Promise<string | undefined> {
  const orgId = await database.transaction(async (tx) => {
    await tx.query(lockFirstOrg, []);
    const [row] = await tx.query<{ count: number }>(countOrgs, []);
    if (row && row.count > 0) return undefined;
    const id = newId('org_');
    await tx.query(insertOrg, [id, 'My fleet']);
    return id;
  });
  if (orgId === undefined) return undefined;
  return (await createApiKey(database, orgId, { name: 'first admin key', scopes: ['admin'] })).key;
}

/** What a first start tells: the key, once, and how to connect a machine. */
export function welcome(url: string, key: string): string {
  return `
Your API key, shown this once. Keep it somewhere safe:

  ${key}

Connect a runner on another machine (give it an address of this server that it can reach):

  bash
    curl -fO ${url}/agentfleet-runner.mjs
    export AGENTFLEET_URL="${url}"
    export AGENTFLEET_API_KEY="${key}"
    export ALLOWED_DIRS="$HOME/code"
    export RUNNER_NAME="$(hostname)"
    node agentfleet-runner.mjs

  PowerShell
    Invoke-WebRequest ${url}/agentfleet-runner.mjs -OutFile agentfleet-runner.mjs
    $env:AGENTFLEET_URL="${url}"
    $env:AGENTFLEET_API_KEY="${key}"
    $env:ALLOWED_DIRS="$HOME\\code"
    $env:RUNNER_NAME=$env:COMPUTERNAME
    node agentfleet-runner.mjs
`;
}
