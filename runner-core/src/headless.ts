// The daemon: a runner without a window, built into the single file runner/agentfleet-runner.mjs.
import * as files from 'node:fs';
import { hideSecrets, isOlder, pauseWords } from '@agentfleet/contract';
import type { Agent } from './agents/agent.js';
import { createClaudeCode } from './agents/claude-code/claude-code.js';
import { oneLine } from './agents/claude-code/text.js';
import { createAllowlist } from './allowlist/real-path-allowlist.js';
import { Attendance } from './attendance.js';
import { ControlPlane, ControlPlaneError } from './control-plane/client.js';
import { examine } from './doctor/examine.js';
import { brokenAs, type Finding } from './doctor/finding.js';
import { Ending } from './ending.js';
import { killSessions } from './processes/session-process.js';
import { Runner } from './runner.js';
import { examineSettings, readSettings, type Settings, SettingsError } from './settings.js';

/** Filled in by the build. */
declare const AGENTFLEET_VERSION: string;

const help = `AgentFleet runner ${AGENTFLEET_VERSION}: runs Claude Code sessions of your fleet on this machine.

Usage: node agentfleet-runner.mjs [doctor]

  doctor       check the settings, the server, Claude Code and each directory
  --version    print the version
  --help       print this

Settings, from the environment:
  AGENTFLEET_URL            address of the control API, e.g. https://your-host
  AGENTFLEET_API_KEY        key with the scope runner (or AGENTFLEET_API_KEY_FILE, a file that only you can read)
  ALLOWED_DIRS              directories sessions may work in; between them : or , (on Windows ; or ,)
  RUNNER_NAME               how people see it (default: the host's name)
  MAX_CONCURRENT_RUNS       sessions at once (default: 4)
  MAX_TIMEOUT_SEC           seconds a session may run at most (default: 86400, a day)
  MAX_STALL_SEC             seconds a session may give no output at most (default: 3600, an hour)
  MAX_APPROVAL_SEC          seconds a tool waits to be allowed at most; 0 denies at once (default: 86400)
  ALLOWED_PERMISSION_MODES  default, acceptEdits, bypassPermissions, plan (default: all)
  ALLOWED_ENV               further variables that sessions may see, e.g. ACME_URL,DB_* (default: the usual ones)
  AGENTFLEET_CLAUDE_PATH    the claude to run (default: the one in PATH)
  AGENTFLEET_RUNNER_DIR     identity and undelivered events (default: ~/.agentfleet/runner)

The first Ctrl+C finishes what runs and takes nothing new, the second cancels it, the third ends it by force.`;

const oldestNode = '20.19.0';
/** As it was started. The key is taken out of what this process shows before anything else is done. */
const environment = { ...process.env };
const isHidden = hideSecrets({ process, files }, ['AGENTFLEET_API_KEY']);
/** Of a local runner, the server's on this computer: what `npm start` knows it by. Nobody else sets it. */
const launch = environment.AGENTFLEET_LAUNCH;
/** It was started by what starts it again unless it ends well, whatever its exit code, as launchd does. */
const isService = environment.AGENTFLEET_SERVICE === '1';
let attendance: Attendance | undefined;

// Whoever read what we say may go away; the sessions go on.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

main(process.argv.slice(2)).catch((error: Error) => {
  const isUsers = error instanceof SettingsError || error instanceof ControlPlaneError;
  say(error instanceof ControlPlaneError ? advice(error) : error.message);
  if (!isUsers) return leave(1);
  if (!isService) return leave(2);
  say('It does not start again by itself before that is mended.');
  return leave(0);
});

// What we did wrong must not leave sessions behind that nobody watches.
process.on('uncaughtException', (error) => {
  console.error(error);
  void killSessions().then(() => process.exit(1));
});

async function main(args: string[]): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) return console.log(help);
  if (args.includes('--version')) return console.log(AGENTFLEET_VERSION);
  const unknown = args.find((argument) => argument !== 'doctor');
  if (unknown !== undefined) throw new SettingsError(`${unknown} is not known here.\n\n${help}`);
  if (isOlder(process.versions.node, oldestNode)) {
    throw new SettingsError(`The runner needs Node ${oldestNode} or newer, and this is ${process.version}.`);
  }
  if (args.includes('doctor')) return doctor();
  const settings = readSettings(environment);
  if (!isHidden && environment.AGENTFLEET_API_KEY) {
    say(
      'Sessions can read AGENTFLEET_API_KEY in the environment of this process: use AGENTFLEET_API_KEY_FILE.',
    );
  }
  const server = serverOf(settings);
  const agent = agentOf(settings);
  const probe = await agent.probe();
  if (!probe.ok) throw new SettingsError(probe.failure.message);
  const allowlist = createAllowlist(settings.directories);
  const runner = new Runner({
    settings,
    server,
    agent,
    allowlist,
    version: AGENTFLEET_VERSION,
    ...(launch !== undefined && { visit: (socket) => attendance?.visit(socket) }),
  });
  narrate(runner, settings);
  const ending = new Ending(runner, say);
  ending.obeySignals();
  if (launch !== undefined) attendance = attend(launch, runner, ending);
  await runner.run();
  say('Ended.');
  await leave(Number(process.exitCode ?? 0));
}

function attend(launch: string, runner: Runner, ending: Ending): Attendance {
  const alone = () => {
    say('The server has been away for minutes, and nothing runs.');
    ending.drain();
  };
  return new Attendance({ launch, runner, obey: (asked) => ending[asked](), alone });
}

async function leave(code: number): Promise<void> {
  await attendance?.close();
  process.exit(code);
}

function serverOf({ url, apiKey }: Pick<Settings, 'url' | 'apiKey'>): ControlPlane {
  return new ControlPlane({ url, apiKey, version: AGENTFLEET_VERSION });
}

function agentOf({ claudePath }: Pick<Partial<Settings>, 'claudePath'>): Agent {
  return createClaudeCode({ env: process.env, ...(claudePath !== undefined && { executable: claudePath }) });
}

/** What is wrong with one thing does not keep the doctor from looking at the others. */
async function doctor(): Promise<void> {
  const { settings, faults } = examineSettings(environment);
  const { url, apiKey } = settings;
  let failed = 0;
  const tell = ({ ok, what, mend }: Finding) => {
    console.log(`${ok ? 'ok    ' : 'FAILED'}  ${what}`);
    if (mend) console.log(`        → ${mend}`);
    if (!ok) failed += 1;
  };
  for (const { message } of faults) tell(brokenAs(message));
  const server = url !== undefined && apiKey !== undefined ? serverOf({ url, apiKey }) : undefined;
  for await (const finding of examine(settings, server, agentOf(settings), process.env)) tell(finding);
  console.log(failed === 0 ? '\nEverything is ready.' : `\n${failed} to mend.`);
  process.exit(failed === 0 ? 0 : 1);
}

/** One line for what a person at the machine wants to know; never a key or a prompt. */
function narrate(runner: Runner, settings: Settings): void {
  runner.on('online', (id) => say(`Online as ${settings.name} (${id}), waiting for sessions.`));
  runner.on('offline', (error) => say(`Offline. ${advice(error)} Trying again.`));
  // A directory's name may hold what steers a terminal.
  runner.on('started', (run) => say(`${run.id} starts in ${oneLine(run.cwd)}`));
  runner.on('ended', (runId, status) => say(`${runId} ${status}`));
  runner.on('trouble', (message) => say(message));
  runner.on('room', (why) =>
    say(why ? `${why} It takes no session until a log can be kept there.` : 'There is room for logs again.'),
  );
  runner.on('paused', (pause) => {
    // The note is somebody else's words.
    if (pause) say(`${oneLine(pauseWords(pause, 'on this machine'))}. What runs goes on.`);
    else say('Takes sessions again.');
  });
  runner.on('remark', (message) => say(message));
}

function advice(error: ControlPlaneError): string {
  if (error.code === 'UNAUTHORIZED')
    return 'The key is wrong, expired or revoked. Set AGENTFLEET_API_KEY to a valid one.';
  if (error.lacksScope) return 'The key lacks the scope runner. Set AGENTFLEET_API_KEY to one that has it.';
  return error.message.replace(/\.?$/, '.');
}

function say(text: string): void {
  const now = new Date();
  const line = `${now.toLocaleTimeString('en-GB')}  ${text}`;
  // The output of a local runner is a file, which lasts for more than a day.
  console.error(attendance ? `${now.toISOString().slice(0, 10)} ${line}` : line);
  attendance?.say(line);
}
