// The embedded PostgreSQL in a thread of its own, so that the server's event loop stays free. It speaks the wire
// protocol over the port it is given. Plain JavaScript, because a worker is loaded by Node itself in tests too.
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';

const port = parentPort;
if (!port) throw new Error('embedded-worker.js runs as a worker only');

const database = await PGlite.create(workerData.dataDir === null ? {} : { dataDir: workerData.dataDir });
port.postMessage('ready');

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
      await database.execProtocolRawStream(message, {
        onRawData: (data) => port.postMessage(data.slice()),
      });
    }
  });
});
