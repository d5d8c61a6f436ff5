import { type ApiError, unavailable } from '../errors.js';
import type { Queryable, Statement } from './database.js';
import { sqlStateOf } from './sql-state.js';

/** Migrations that a database has and this server has not. $1 the names of its own. Rows: { name }. */
const newerMigrations: Statement = {
  name: 'newer-migrations',
  text: `
SELECT migration_name AS name FROM _prisma_migrations
WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL AND migration_name <> ALL ($1::text[])
ORDER BY migration_name`,
};

/** SQLSTATE class 42 (a table or a column that is not there), a cached plan, a column that must be filled; Prisma's own. */
const ofSchema = /^(42\w{3}|0A000|23502|P202[12])$/;

/**
 * Knows whether a newer server has migrated the database under this one, which goes on beside it as far as it can: it says so,
 * and what fails because of it is not called a fault.
 */
export class SchemaWatch {
  readonly #database: Queryable;
  readonly #own: string[];
  readonly #say: (sentence: string) => void;
  #newer: string[] = [];

  /** @param own names of the server's migrations. @param say told once, when it is found */
  constructor(database: Queryable, own: string[], say: (sentence: string) => void) {
    this.#database = database;
    this.#own = own;
    this.#say = say;
  }

  /** For people; undefined while the database is as this server knows it. */
  get sentence(): string | undefined {
    if (this.#newer.length === 0) return undefined;
    return `The database was migrated by a newer AgentFleet (${this.#newer.join(', ')}): update this server`;
  }

  /** Whether a newer server has migrated it. */
  get isNewer(): boolean {
    return this.#newer.length > 0;
  }

  async look(): Promise<void> {
    const rows = await this.#database.query<{ name: string }>(newerMigrations, [this.#own]);
    const knew = this.sentence;
    this.#newer = rows.map(({ name }) => name);
    if (this.sentence !== undefined && this.sentence !== knew) this.#say(this.sentence);
  }

  /** What to answer where a statement failed since the schema is another one; undefined where that is not why. */
  async explain(error: unknown): Promise<ApiError | undefined> {
    if (!isOfSchema(error)) return undefined;
    await this.look().catch(() => undefined);
    return this.sentence === undefined ? undefined : unavailable(this.sentence);
  }
}

function isOfSchema(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { cause } = error as { cause?: unknown };
  return ofSchema.test(sqlStateOf(error)) || (cause !== undefined && isOfSchema(cause));
}
