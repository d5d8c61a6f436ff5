// The embedded PostgreSQL in a thread of its own, so that the server's event loop stays free. It speaks the wire
// protocol over the port it is given. Plain JavaScript, because a worker is loaded by Node itself in tests too.
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { onFault } from './embedded-faults.js';
import { embeddedSettings } from './embedded-settings.js';

const port = parentPort;
if (!port) throw new Error('embedded-worker.js runs as a worker only');

/** What PostgreSQL said when it could not go on. @type {string | undefined} */
let lastWords;
const onStderr = (/** @type {string} */ line) => {
  lastWords = /\b(?:PANIC|FATAL): +(.+)/.exec(line)?.[1] ?? lastWords;
  return false;
};

const database = await PGlite.create({ ...embeddedSettings(workerData.dataDir), onStderr }).catch((error) => {
  throw new Error(lastWords ?? String(error?.message ?? error), { cause: error });
});
onFault(database.Module, (cause) => {
  port.postMessage({ ended: lastWords ?? String(cause?.message ?? cause) });
  // Nothing that was being done may go on.
  process.exit(1);
});
port.postMessage('ready');

const ready = 'Z'.charCodeAt(0);
const readyLength = 6;

/**
 * PGlite ends the answer to a failed extended query with two ReadyForQuery messages. `pg` would take the second for
 * the end of its next query and answer that with no rows, so the answer is cut after the first.
 * @param {Uint8Array} answer the whole answer to one batch of messages
 */
function withOneReady(answer) {
  const last = answer.length - readyLength;
  const isReady = (/** @type {number} */ at) => at >= 0 && answer[at] === ready && answer[at + 4] === 5;
  return isReady(last) && isReady(last - readyLength) ? answer.slice(0, last) : answer.slice();
}

/** Messages are answered one after another. @type {Promise<void>} */
let last = Promise.resolve();
port.on('message', (/** @type {Uint8Array | 'connect' | 'close'} */ message) => {
  last = last.then(async () => {
    if (message === 'close') {
      await database.close();
      port.postMessage('closed');
      port.close();
    } else if (message === 'connect') {
      // There is one session for ever: a new connection must not meet what the last one left in it.
      await database.exec('ROLLBACK; DEALLOCATE ALL');
    } else {
      const answer = withOneReady(await database.execProtocolRaw(message));
      port.postMessage(answer, [answer.buffer]);
    }
  });
});
