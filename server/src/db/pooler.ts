import pg from 'pg';
import { ConfigError } from '../config.js';
import { connectMs, connectTo, settingsOfOurs } from './session.js';

/**
 * Whether a pooler at the address gives each transaction whatever connection is free, as PgBouncer's transaction mode does: what
 * is set or prepared is another one's then. Rejects when it cannot be reached.
 */
export async function isShared(url: string): Promise<boolean> {
  return withTwo(url, async (one, other) => {
    const first = await pidOf(one);
    await other.query('BEGIN');
    // With one that is taken out of turn, the first finds it taken.
    const isShared = (await pidOf(other)) === first || (await pidOf(one)) !== first;
    await other.query('ROLLBACK');
    return isShared;
  });
}

async function withTwo<Result>(
  url: string,
  work: (one: pg.Client, other: pg.Client) => Promise<Result>,
): Promise<Result> {
  const clients = [0, 1].map(
    () =>
      new pg.Client({ connectionString: url, connectionTimeoutMillis: connectMs, query_timeout: connectMs }),
  ) as [pg.Client, pg.Client];
  for (const client of clients) client.on('error', () => undefined);
  try {
    for (const client of clients) await client.connect();
    return await work(...clients);
  } finally {
    await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
  }
}

async function pidOf(client: pg.Client): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid;
}

/** What is as good as what we set. */
const asGood: Record<string, RegExp | undefined> = {
  TimeZone: /^(Etc\/)?(UTC|UCT|Universal|Zulu)$/i,
  DateStyle: /^ISO\b/,
  IntervalStyle: /./,
  extra_float_digits: /^[1-3]$/,
  // refuseStrange has looked at where it leads.
  search_path: /./,
};

/**
 * Throws ConfigError unless what the pooler gives is set to what we take for granted, as no connection of its can be set by us,
 * and leads to the database of the direct address.
 */
export async function refuseUnset(pooled: pg.Pool, directUrl: string): Promise<void> {
  const { rows } = await pooled.query<{ name: string; setting: string; role: string }>(
    'SELECT name, setting, current_user AS role FROM pg_settings WHERE name = ANY ($1)',
    [Object.keys(settingsOfOurs)],
  );
  const wrong = rows.filter(({ name, setting }) => {
    const ours = settingsOfOurs[name] ?? '';
    return !(asGood[name]?.test(setting) ?? setting === ours);
  });
  if (wrong.length > 0) {
    const mends = wrong.map(
      ({ name, role }) =>
        `ALTER ROLE ${pg.escapeIdentifier(role)} SET ${name} TO ${pg.escapeLiteral(settingsOfOurs[name] ?? '')};`,
    );
    throw new ConfigError(
      `Through the pooler of DATABASE_URL no connection can be set up, and those that it gives are not as they must be. Set them for the role, and restart the pooler: ${mends.join(' ')}`,
    );
  }
  const where = `SELECT current_database() AS name, 'runs'::regclass::oid::int8::text AS runs`;
  const direct = await connectTo(directUrl);
  const [there, here] = await Promise.all([pooled.query(where), direct.query(where)]).finally(() =>
    direct.end(),
  );
  if (JSON.stringify(there.rows) === JSON.stringify(here.rows)) return;
  throw new ConfigError('DATABASE_DIRECT_URL leads to another database than DATABASE_URL.');
}
