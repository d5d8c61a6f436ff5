import type { Database } from '../db/database.js';

/** @returns the same database, and the names of the statements that are asked of it through it, as they come */
export function counting(database: Database): { database: Database; asked: string[] } {
  const asked: string[] = [];
  const noted =
    (ask: Database['query']): Database['query'] =>
    (statement, values) => {
      asked.push(statement.name);
      return ask(statement, values);
    };
  return { database: { ...database, query: noted(database.query), ask: noted(database.ask) }, asked };
}
