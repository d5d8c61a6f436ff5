import { openDatabase } from '@agentfleet/server';
import type { Fleet } from '../../../runner-core/e2e/fleet.js';

/** Changes rows as time or an operator would, while the server is down for a moment. `$1` is `value`. */
export async function behindItsBack(fleet: Fleet, value: string, ...statements: string[]): Promise<void> {
  await fleet.killServer();
  const database = await openDatabase({ dataDir: fleet.dataDir });
  try {
    for (const [index, text] of statements.entries()) {
      await database.query({ name: `behind-its-back-${index}`, text }, [value]);
    }
  } finally {
    await database.close();
  }
  await fleet.startServer();
}
