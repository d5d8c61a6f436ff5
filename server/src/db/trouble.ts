import { sqlStateOf } from './sql-state.js';

/** Why a statement failed though nothing is wrong with it: the same may work later. */
export type Trouble = 'away' | 'readOnly' | 'crowded' | 'busy' | 'full';

/** What callers are told. */
export const troubles: Record<Trouble, string> = {
  away: 'The database does not answer',
  readOnly: 'The database takes no writes for the moment: it is a standby, or was set to be read-only',
  crowded: 'The database has no room for another connection or statement',
  busy: 'The database was too busy to carry this out, and nothing was changed',
  full: 'The disk of the database is full, so that nothing was stored. Make room on it and try again',
};

const states: [RegExp, Trouble][] = [
  [/^53100$/, 'full'],
  [/^53\w{3}$/, 'crowded'],
  [/^25006$/, 'readOnly'],
  // A time limit, a lock that was not to be had, a conflict between two transactions, a deadlock.
  [/^(57014|55P03|40\w{3})$/, 'busy'],
  // The connection, a server that is stopping or starting, a disk that fails.
  [/^(08\w{3}|57P\w{2}|58\w{3})$/, 'away'],
];
const ofSystem: Record<string, Trouble | undefined> = {
  ECONNREFUSED: 'away',
  ECONNRESET: 'away',
  EAI_AGAIN: 'away',
  EHOSTUNREACH: 'away',
  ENETUNREACH: 'away',
  ENOTFOUND: 'away',
  EPIPE: 'away',
  ETIMEDOUT: 'away',
};
/** Prisma's codes, and the kinds of what its adapter throws. */
const ofPrisma: Record<string, Trouble | undefined> = {
  P1001: 'away',
  P1002: 'away',
  P1008: 'away',
  P1017: 'away',
  P2024: 'crowded',
  P2028: 'busy',
  P2034: 'busy',
  P2037: 'crowded',
  DatabaseNotReachable: 'away',
  ConnectionClosed: 'away',
  SocketTimeout: 'away',
  TooManyConnections: 'crowded',
  TransactionWriteConflict: 'busy',
};
/** pg gives these no code. */
const messages =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client (has encountered a connection error|was closed))/;

/** Undefined for an error that a later attempt would meet again. */
export function troubleOf(error: unknown): Trouble | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, kind, message, cause, errors } = error as Record<string, unknown>;
  const state = sqlStateOf(error);
  const [, told] = states.find(([pattern]) => pattern.test(state)) ?? [];
  if (told !== undefined) return told;
  for (const name of [code, kind]) {
    const known = typeof name === 'string' ? (ofSystem[name] ?? ofPrisma[name]) : undefined;
    if (known !== undefined) return known;
  }
  if (typeof message === 'string' && messages.test(message)) return 'away';
  // A name with several addresses fails with an error for each.
  return troubleOf(cause) ?? (Array.isArray(errors) ? troubleOf(errors[0]) : undefined);
}
