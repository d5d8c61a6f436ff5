import type { Database, Statement } from './database.js';

/** What a server keeps besides its pools: one that hears wake-ups, and for operators, who ask whether it is ready and for its metrics. */
export const forOperators = 2;
const besides = 1 + forOperators;
/** What is taken besides servers for a moment: the command line, a server that starts, a backup, a migration. */
const forMoments = 5;

/** How many connections a server takes at most. */
export const connectionsOf = (pools: { workers: number; readers: number }) =>
  pools.workers + pools.readers + besides;

/** What limits how many the role of the server may have. Row: Room. */
const room: Statement = {
  name: 'room-for-connections',
  text: `
SELECT current_setting('max_connections')::int AS most,
  CASE WHEN r.rolsuper THEN 0 ELSE current_setting('superuser_reserved_connections')::int
    + coalesce(current_setting('reserved_connections', true)::int, 0) END AS reserved,
  r.rolname AS role, nullif(r.rolconnlimit, -1) AS "ofRole", d.datname AS database, nullif(d.datconnlimit, -1) AS "ofDatabase"
FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()`,
};

interface Room {
  /** Of all that PostgreSQL lets in, those that others than superusers do not get. */
  most: number;
  reserved: number;
  /** Limits of the role and the database; null without one. */
  role: string;
  ofRole: number | null;
  database: string;
  ofDatabase: number | null;
}

/**
 * What is to be said where PostgreSQL lets in fewer connections than the servers may want; undefined where there are enough.
 * @param each what one server takes at most
 * @param servers how many there are, as far as is known
 */
function lackOfConnections(found: Room, each: number, servers: number): string | undefined {
  const { most, reserved, role, ofRole, database, ofDatabase } = found;
  const limits: [number, string][] = [
    [
      most - reserved,
      `max_connections is ${most}${reserved > 0 ? `, of which ${reserved} are reserved` : ''}`,
    ],
    [ofRole ?? Number.POSITIVE_INFINITY, `the role ${role} may have ${ofRole}`],
    [ofDatabase ?? Number.POSITIVE_INFINITY, `the database ${database} lets in ${ofDatabase}`],
  ];
  const [least, why] = limits.reduce((one, other) => (other[0] < one[0] ? other : one));
  const needed = servers * each + forMoments;
  if (needed <= least) return undefined;
  const who = servers === 1 ? `this server may take ${each}` : `${servers} servers may take ${each} each`;
  return `PostgreSQL has fewer connections than may be wanted: ${who}, and the command line, a start or a backup ${forMoments}, which is ${needed}, but ${why}. Requests would be answered 503 when it is full. Raise that limit, or lower DATABASE_POOL_SIZE and DATABASE_READ_POOL_SIZE.`;
}

/** Says when PostgreSQL has fewer connections than all servers on it may want, which nobody sees before they want them. */
export class ConnectionSum {
  readonly #database: Pick<Database, 'operate' | 'mostConnections' | 'wakeups'>;
  readonly #say: (sentence: string) => void;
  /** Most servers that it was said of. */
  #said = 0;

  /** @param say told once, and again when there are more servers than were told of: they are taken to be alike */
  constructor(
    database: Pick<Database, 'operate' | 'mostConnections' | 'wakeups'>,
    say: (sentence: string) => void,
  ) {
    this.#database = database;
    this.#say = say;
  }

  async look(): Promise<void> {
    const { mostConnections: each, wakeups } = this.#database;
    const servers = 1 + wakeups.peers;
    if (each === undefined || servers <= this.#said) return;
    const [found] = await this.#database.operate<Room>(room, []);
    const sentence = found && lackOfConnections(found, each, servers);
    if (sentence === undefined) return;
    this.#said = servers;
    this.#say(sentence);
  }
}
