import type { Database } from '../db/database.js';

/**
 * Something that happens at an exact moment: right before the first statement of a name is asked, or when it has been
 * answered and nobody has seen the answer yet.
 * @returns the same database; the work is done once, through whatever connection it uses itself
 */
export function meanwhile(
  database: Database,
  moment: { before: string } | { after: string },
  work: () => Promise<unknown>,
): Database {
  let done = false;
  const once = async (name: string | undefined, at: string) => {
    if (done || name !== at) return;
    done = true;
    await work();
  };
  const query: Database['query'] = async (statement, values) => {
    await once('before' in moment ? moment.before : undefined, statement.name);
    const rows = await database.query<never>(statement, values);
    await once('after' in moment ? moment.after : undefined, statement.name);
    return rows;
  };
  return { ...database, query };
}
