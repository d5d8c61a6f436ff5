// `npm run server`: the control API alone.
import { pino } from 'pino';
import { bootstrap } from './bootstrap.js';
import { readConfig, runProgram } from './config.js';
import { startServer } from './server.js';
import { onEndSignals } from './signals.js';
import { spareMemory } from './spare-memory.js';
import { welcome } from './welcome.js';

spareMemory();
runProgram(async () => {
  const config = readConfig(process.env);
  const server = await startServer(config, pino({ level: config.logLevel }));
  const key = await bootstrap(server.database);
  if (key) console.log(welcome(server.url, config.host, key));
  console.log(`AgentFleet is serving at ${server.url}`);
  onEndSignals((count) => {
    if (count > 1) process.exit(1);
    server.close().then(() => process.exit(0));
  });
});
