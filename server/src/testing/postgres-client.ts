import pg from 'pg';

/** A connection of whoever else uses the database. */
export const PostgresClient = pg.Client;
