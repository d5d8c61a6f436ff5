// A server as a process of its own that lives so fast that faults and what follows from them take seconds. Given:
// DATABASE_URL, and PORT where it had one before. It prints its address, and ends when its input does.
import { pino } from 'pino';
import { bootstrap } from '../bootstrap.js';
import { readConfig } from '../config.js';
import { defaultPace, type Pace, startServer } from '../server.js';

const pace: Pace = {
  ...defaultPace,
  policy: { leaseMs: 2_400, lostGraceMs: 4_800, heartbeatMs: 400, onlineMs: 3_000, pollMs: 400 },
  sweepMs: 200,
  tailPollMs: 400,
};

// Before anything else: whoever started it may be gone already.
process.stdin.on('close', () => process.exit(0)).resume();
const config = readConfig(process.env);
try {
  const server = await startServer(config, pino({ level: 'warn' }, pino.destination(2)), pace);
  const keys = await bootstrap(server.database);
  const key = keys && keys !== 'none' ? keys.admin : null;
  console.log(JSON.stringify({ url: server.url, key }));
} catch (error) {
  // As `npm run server` does: a sentence, and the end.
  console.error((error as Error).message);
  process.exit(1);
}
