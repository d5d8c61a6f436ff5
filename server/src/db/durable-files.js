import fs from 'node:fs';
import { NodeFS } from '@electric-sql/pglite/nodefs';

/**
 * The database's files on the disk, forced there whenever PostgreSQL asks for it: PGlite's own class lets that pass, so
 * that a power cut would lose what was acknowledged.
 */
export class DurableFiles extends NodeFS {
  /** @override @type {NodeFS['init']} */
  async init(database, options) {
    const { emscriptenOpts } = await super.init(database, options);
    const preRun = [...(emscriptenOpts.preRun ?? []), forceWhenAsked];
    return { emscriptenOpts: { ...emscriptenOpts, preRun } };
  }
}

/** @param {any} module the WebAssembly module, as Emscripten made it */
function forceWhenAsked({ NODEFS, FS }) {
  NODEFS.stream_ops.fsync = (/** @type {{ nfd: number, node: { mode: number } }} */ { nfd, node }) => {
    // Windows forces no directories, and keeps their entries by itself.
    if (process.platform === 'win32' && FS.isDir(node.mode)) return 0;
    return NODEFS.tryFSOperation(() => {
      fs.fsyncSync(nfd);
      return 0;
    });
  };
}
