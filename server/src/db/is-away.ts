import { sqlStateOf } from './sql-state.js';

/** SQLSTATE: connection exceptions, a server that is stopping or starting, no free connection. */
const states = /^(08\w{3}|57P0[1-3]|53300)$/;
const ofSystem = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);
/** Prisma: not reachable, timed out, closed the connection, no connection in time. */
const ofPrisma = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024']);
const kinds = new Set(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections']);
/** pg gives these no code. */
const messages =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client (has encountered a connection error|was closed))/;

/** Whether a statement failed because the database cannot be reached, and not because of what it says. */
export function isDatabaseAway(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, kind, message, cause } = error as Record<string, unknown>;
  if (states.test(sqlStateOf(error))) return true;
  if (typeof code === 'string' && (ofSystem.has(code) || ofPrisma.has(code))) return true;
  if (typeof kind === 'string' && kinds.has(kind)) return true;
  if (typeof message === 'string' && messages.test(message)) return true;
  return cause !== undefined && isDatabaseAway(cause);
}

/** Whether a statement failed because there is no room to store what it says. */
export function isDiskFull(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { cause } = error as Record<string, unknown>;
  return sqlStateOf(error) === '53100' || (cause !== undefined && isDiskFull(cause));
}
