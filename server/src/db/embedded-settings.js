import { PGlite } from '@electric-sql/pglite';
import { DurableFiles } from './durable-files.js';

const settings = {
  // The one call of its kind that reaches the disk: `fdatasync`, which it would take, does nothing in WebAssembly.
  wal_sync_method: 'fsync',
  // The system keeps files in memory, too, and all of this is resident from the beginning. The default is 128 MB.
  shared_buffers: '8MB',
  // There is one session. Others would only take memory.
  max_connections: '3',
  // What is kept of the log between checkpoints (embedded-upkeep.ts).
  min_wal_size: '32MB',
  max_wal_size: '64MB',
};

/**
 * How the embedded database is opened: so that what it acknowledged survives a power cut, and with little memory.
 * @param {string | null} dataDir null keeps everything in memory
 * @returns {import('@electric-sql/pglite').PGliteOptions}
 */
export function embeddedSettings(dataDir) {
  const startParams = [
    // PGlite's own turn fsync off.
    ...PGlite.defaultStartParams.filter((param) => param !== '-F' || dataDir === null),
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  return dataDir === null ? { startParams } : { startParams, fs: new DurableFiles(dataDir) };
}
