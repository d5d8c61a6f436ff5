/** With this status an error of a statement leaves PostgreSQL's main loop; PGlite goes on from there. */
const statementFailed = 100;

/**
 * Calls when PostgreSQL cannot go on: it panicked, as when the disk refuses its log, or WebAssembly trapped. PGlite takes either for
 * the error of a statement, and whoever waits for an answer would wait for ever.
 * @param {any} module the WebAssembly module of the database that is open
 * @param {(cause: Error) => void} end
 */
export function onFault(module, end) {
  for (const name of [
    '_PostgresMainLoopOnce',
    '_PostgresMainLongJmp',
    '_PostgresSendReadyForQueryIfNecessary',
  ]) {
    const original = module[name];
    module[name] = (/** @type {unknown[]} */ ...args) => {
      try {
        return original(...args);
      } catch (error) {
        if (/** @type {{ status?: number }} */ (error).status !== statementFailed)
          end(/** @type {Error} */ (error));
        throw error;
      }
    };
  }
}
