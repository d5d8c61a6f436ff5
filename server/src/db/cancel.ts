import { connect } from 'node:net';
import type pg from 'pg';

/** How long PostgreSQL may take to hear it, ms. */
const hearMs = 5_000;
/** How PostgreSQL's protocol marks a message that cancels: its length, and a number that is no version. */
const bytes = 16;
const mark = 80_877_102;

/**
 * Asks PostgreSQL, or the pooler before it, to end the statement that a connection is at, on another connection, as its protocol
 * wants it. Resolves when that was heard, or cannot be: the statement then ends by its time limit.
 */
export function cancel(client: pg.ClientBase): Promise<void> {
  const { host, port, processID, secretKey } = client as pg.Client &
    Record<'processID' | 'secretKey', number>;
  const message = Buffer.alloc(bytes);
  for (const [index, value] of [bytes, mark, processID, secretKey].entries()) {
    message.writeInt32BE(value, 4 * index);
  }
  const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
  return new Promise((heard) => {
    socket.setTimeout(hearMs, () => socket.destroy());
    // Whatever is the matter, it closes too.
    socket.on('error', () => undefined);
    socket.once('close', () => heard());
    // It is for the other side to hang up, once it has passed it on: a PgBouncer 1.18 whose client did before ends itself.
    socket.resume();
    socket.write(message);
  });
}
