import type { Database } from '../db/database.js';

/** @returns the same database, and the names of the statements that are asked of it through it, as they come */
export function counting(database: Database): { database: Database; asked: string[] } {
  const asked: string[] = [];
  const query: Database['query'] = (statement, values) => {
    asked.push(statement.name);
    return database.query(statement, values);
  };
  return { database: { ...database, query }, asked };
}
