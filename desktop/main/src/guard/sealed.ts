import { app, dialog } from 'electron';
import { refusedSwitch } from './switches.js';

/** Filled in by the build: true in a package for tests alone, which a debugger drives. */
declare const AGENTFLEET_FOR_TESTS: boolean;

/** As `sysexits.h` has it: it was started in a way it is not to be used. */
const usageError = 64;

/**
 * Whether this is the app as it is delivered, which runs from an archive, and not one that somebody works on. Its name
 * says nothing: an executable can be given any.
 */
export const isSealed = !AGENTFLEET_FOR_TESTS && /\.asar[\\/]/.test(__dirname);

/**
 * Whether the app may start with this command line. Where not it says why and ends. To be asked first of all, before
 * Electron is ready: nothing that a switch opens is open before.
 */
export function mayStart(): boolean {
  const refused = isSealed ? refusedSwitch(process.argv.slice(1), process.platform) : undefined;
  if (refused === undefined) return true;
  const said = `It does not take ${JSON.stringify(refused.slice(0, 200))}. Start it without.`;
  // There the box is words on this stream too.
  if (process.platform !== 'linux') dialog.showErrorBox('AgentFleet was not started', said);
  console.error(`AgentFleet was not started. ${said}`);
  app.exit(usageError);
  return false;
}
