/** The parts of the server that its benchmarks and other processes of ours build on. */
export type { Database, Queryable, Statement } from './db/database.js';
export { newId } from './db/ids.js';
export { openDatabase } from './db/open.js';
export { createEventLog } from './eventlog/create-eventlog.js';
export type { EventLog } from './eventlog/eventlog.js';
export { createQueue } from './queue/create-queue.js';
export type { Queue } from './queue/queue.js';
export { DatabaseLink } from './testing/database-link.js';
export { type Haproxy, hasHaproxy, startHaproxy } from './testing/haproxy.js';
export { startTestPostgres, type TestPostgres } from './testing/postgres.js';
export { PostgresClient } from './testing/postgres-client.js';
export { keepUsage } from './usage/keep-usage.js';
