import type { ClientBase } from 'pg';
import { failed, record } from './migration-record.js';
import type { Migration } from './migrations.js';
import { statementsOf } from './statements-of.js';

const comments = String.raw`^(?:--[^\n]*\n|\s)*`;
const ofIndex = new RegExp(`${comments}(CREATE|DROP)\\s+INDEX\\s+CONCURRENTLY\\s+(?:IF EXISTS\\s+)?"(\\w+)"`);
const ofRows = new RegExp(`${comments}DO\\s`);

/**
 * Whether a migration builds or drops an index beside the work of others, or changes many rows, some in each of many
 * transactions: no transaction may be around either.
 */
export const isAlone = (sql: string) => ofIndex.test(sql) || ofRows.test(sql);

/**
 * Applies a migration of one such statement, and notes it. Nobody waits for it for long, so that it may wait for others as long as
 * it has to. What an attempt before left half built is dropped; what it built whole, and rows that it changed, are kept.
 * @param lockMs what lock_timeout is set to again
 */
export async function applyAlone(client: ClientBase, migration: Migration, lockMs: number): Promise<void> {
  const { name, sql } = migration;
  const [statement = '', ...more] = statementsOf(sql);
  if (more.length > 0) throw new Error(`The migration ${name} may have no statement beside ${statement}`);
  const [, verb, index = ''] = ofIndex.exec(statement) ?? [];
  try {
    await client.query('SET lock_timeout = 0');
    const there = verb === 'CREATE' ? await stateOf(client, index) : undefined;
    if (there === 'half') await client.query(`DROP INDEX CONCURRENTLY "${index}"`);
    if (there !== 'whole') await client.query(statement);
    await record(client, migration);
  } catch (cause) {
    throw failed(name, statement, cause, 'Start again, or run agentfleet migrate, to try it again');
  } finally {
    // What broke the connection has been said.
    await client.query(`SET lock_timeout = ${lockMs}`).catch(() => undefined);
  }
}

async function stateOf(client: ClientBase, index: string): Promise<'whole' | 'half' | undefined> {
  const { rows } = await client.query<{ valid: boolean }>(
    `SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass($1)`,
    [`public.${index}`],
  );
  return rows[0] && (rows[0].valid ? 'whole' : 'half');
}
