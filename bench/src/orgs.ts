import { createHash, randomBytes } from 'node:crypto';
import { formatApiKey } from '@agentfleet/contract';
import { newId } from '@agentfleet/server';
import type pg from 'pg';

/** Makes an org. @returns its id */
export async function makeOrg(client: pg.Client): Promise<string> {
  const id = newId('org_');
  await client.query(`INSERT INTO orgs (id, name, require_runner_credentials) VALUES ($1, 'bench', false)`, [
    id,
  ]);
  return id;
}

/** Makes an admin key of the org. @returns it */
export async function keyOf(client: pg.Client, orgId: string): Promise<string> {
  const key = formatApiKey((count) => randomBytes(count));
  await client.query(
    `INSERT INTO api_keys (id, org_id, name, hash, prefix, last_four, scopes) VALUES ($1, $2, 'bench', $3, '', '', '{admin}')`,
    [newId('key_'), orgId, createHash('sha256').update(key).digest()],
  );
  return key;
}
