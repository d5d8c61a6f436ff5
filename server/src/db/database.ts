import type { ChangeLog } from '../changes/changes.js';
import type { PrismaClient } from './generated/client.js';
import type { Wakeups } from './wakeups.js';

/** A hand-written statement. It is prepared under its name, so one name must always carry one text. */
export interface Statement {
  name: string;
  text: string;
  /** How long it may take, ms, where it is work that takes its time; PostgreSQL must be told besides. */
  mostMs?: number;
}

/** Whatever can run a statement: the pool, or the connection of a transaction. */
export interface Queryable {
  /** Runs a prepared statement; `values` fill $1, $2, … and the rows come back as plain objects. */
  query<Row>(statement: Statement, values: readonly unknown[]): Promise<Row[]>;
}

/**
 * The database behind the control API: the user's PostgreSQL, or the embedded one. Both speak the same SQL.
 * In embedded mode there is one connection only: never query the database outside `tx` while a transaction
 * is open, or both wait for ever.
 */
export interface Database extends Queryable {
  readonly kind: 'embedded' | 'postgres';
  /** Models and ordinary queries. The hot statements go through `query`. */
  readonly prisma: PrismaClient;
  readonly wakeups: Wakeups;
  /** What changes, for those who show it. */
  readonly changes: ChangeLog;
  /** Its time, ms since 1970: of several servers on one database none is ahead of the others. */
  now(): number;
  /** Aborted when it has ended for good, as an embedded one whose thread died. The reason is an Error that says of what. */
  readonly lost: AbortSignal;
  /**
   * Runs a statement that people ask for, as a list: planned for the values that it is asked with, each time, and on connections
   * apart, so that whoever asks much keeps nobody from working.
   * @param over ends it when it aborts, as when whoever asked has left; the embedded database ends what it has begun
   */
  ask<Row>(statement: Statement, values: readonly unknown[], over?: AbortSignal): Promise<Row[]>;
  /**
   * Runs a statement that operators need, as whether the database takes writes: on connections kept for that, so that it is answered
   * when all others are in use. What takes longer than some seconds is ended.
   */
  operate<Row>(statement: Statement, values: readonly unknown[]): Promise<Row[]>;
  /** How many connections to PostgreSQL it takes at most; undefined for the embedded one, and behind a pooler, which has its own sum. */
  readonly mostConnections: number | undefined;
  /** How many statements are asked at the same time, at most. */
  readonly readers: number;
  /** How many statements of all others are at work at the same time, at most. */
  readonly workers: number;
  /** How many there are, how many of them nobody uses, and how many requests wait for one. */
  connections(): { open: number; idle: number; waiting: number };
  transaction<Result>(work: (tx: Queryable) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}
