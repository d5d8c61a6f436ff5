// `npm run server`: the control API alone.
import { pino } from 'pino';
import { bootstrap, type FirstKeys } from './bootstrap.js';
import { collectGarbageSooner } from './collect-garbage-sooner.js';
import { readConfig, runProgram } from './config.js';
import { endWithDatabase } from './end-with-database.js';
import { writeFirstKey } from './first-key-file.js';
import { hideServerSecrets } from './secrets.js';
import { startServer } from './server.js';
import { onEndSignals } from './signals.js';
import { noKeyYet, welcome } from './welcome.js';

collectGarbageSooner();
runProgram(async () => {
  const config = readConfig(process.env);
  hideServerSecrets();
  const server = await startServer(config, pino({ level: config.logLevel }));
  endWithDatabase(server);
  const file = config.firstKeyFile;
  const show = (keys: FirstKeys) =>
    file === undefined
      ? console.log(welcome(server.url, config.host, keys))
      : writeFirstKey(file, keys.admin);
  const isSeen = file !== undefined || process.stdout.isTTY;
  const keys = await bootstrap(server.database, isSeen ? show : null);
  if (keys === 'none') console.log(noKeyYet);
  console.log(`AgentFleet is serving at ${server.url}`);
  onEndSignals((count, bySystem) => {
    if (count > 1) process.exit(1);
    server.close(bySystem ? config.drainMs : 0).then(() => process.exit(0));
  });
});
