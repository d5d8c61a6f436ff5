import { randomUUID } from 'node:crypto';
import type { ClientBase } from 'pg';

/** Notes that a migration is applied, as Prisma does. */
export async function record(
  client: ClientBase,
  { name, checksum }: { name: string; checksum: string },
): Promise<void> {
  await client.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
     VALUES ($1, $2, $3, now(), 1)`,
    [randomUUID(), checksum, name],
  );
}

/** @param after what became of the migration, as a sentence without its full stop */
export function failed(name: string, statement: string, cause: unknown, after: string): Error {
  const { message } = cause as Error;
  return new Error(`The migration ${name} failed at ${headOf(statement)}: ${message}. ${after}`, { cause });
}

/** Its first words, without the comment above it. */
const headOf = (statement: string) => {
  const words = statement.replace(/^(--[^\n]*\n\s*)+/, '').replace(/\s+/g, ' ');
  return `"${words.length > 100 ? `${words.slice(0, 100)}…` : words}"`;
};
