// `npm start`: the control API, the dashboard and a local runner with one command.
import { pino } from 'pino';
import { ownKeyId } from './auth/own-keys.js';
import { bootstrap, type FirstKeys } from './bootstrap.js';
import { collectGarbageSooner } from './collect-garbage-sooner.js';
import { readConfig, runProgram } from './config.js';
import type { Database } from './db/database.js';
import { endWithDatabase } from './end-with-database.js';
import { LocalRunner } from './local-runner/local-runner.js';
import { hideServerSecrets, serverSecrets } from './secrets.js';
import { startServer } from './server.js';
import { onEndSignals } from './signals.js';
import { welcome } from './welcome.js';

/** What the local runner is asked at the first Ctrl+C and at the second; from the third on it is `kill`. */
const steps = ['drain', 'cancel'] as const;
/** How long it may then take, ms. */
const forceMs = 6_000;
/** As people read it where somebody allowed something with it: a dashboard that this terminal's link signed in. */
const signInKeyName = 'local dashboard';

collectGarbageSooner();
runProgram(async () => {
  const config = readConfig(process.env);
  sayWhatNpmShows();
  hideServerSecrets();
  // People read this terminal: requests are logged from `debug` on only, trouble always.
  const level = process.env.LOG_LEVEL ? config.logLevel : 'warn';
  const server = await startServer(config, pino({ level }));
  endWithDatabase(server);
  // Whatever comes now may fail, or be ended: keys that nobody has seen would be lost.
  const show = (keys: FirstKeys) => console.log(welcome(server.url, config.host, keys));
  await bootstrap(server.database, show);
  const runner = await LocalRunner.start(server.database, server.url, config.dataDir);
  // From here on there is a runner that an end of ours must end too.
  onEndSignals((count) => {
    const asked = steps[count - 1] ?? 'kill';
    if (asked === 'kill') setTimeout(() => process.exit(1), forceMs).unref();
    runner
      .end(asked)
      .then(() => server.close())
      .then(() => process.exit(0));
  });
  const code = server.signInCodes.issue(await signInKey(server.database));
  console.log(`
AgentFleet is serving at ${server.url}

  Dashboard   ${server.url}/#code=${code}
              (this link signs you in once, within 10 minutes; later use your API key)
  Reference   ${server.url}/docs
  Sessions of the local runner may work in ${runner.directories}

Ctrl+C lets running sessions finish; a second one cancels them, a third ends all by force.
`);
});

/** The key that what the links signed in hangs on: revoking it signs all of them out. Nobody knows its secret. */
async function signInKey(database: Database): Promise<string> {
  const org = await database.prisma.org.findFirstOrThrow({ orderBy: { createdAt: 'asc' } });
  return ownKeyId(database, org.id, { name: signInKeyName, scopes: ['admin'] });
}

/** npm is a process of its own, whose environment is not ours to change, and sessions run on this computer. */
function sayWhatNpmShows(): void {
  const shown = serverSecrets.filter((name) => process.env[name]);
  if (shown.length === 0 || process.env.npm_lifecycle_event === undefined) return;
  const mend = shown.includes('AGENTFLEET_API_KEY')
    ? 'Start it from a terminal where they are not set'
    : `Put them into files that only you can read, and name those in ${shown.map((name) => `${name}_FILE`).join(' and ')}`;
  console.error(
    `Sessions on this computer can read ${shown.join(' and ')} in the environment of npm. ${mend}.`,
  );
}
