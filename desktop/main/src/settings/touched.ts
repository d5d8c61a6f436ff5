import type { AppSettings, LocalSession } from '@agentfleet/bridge';
import { covers, parseDirectory } from '@agentfleet/contract';

/**
 * The sessions that a change of settings touches: on the way to another server all of them; where a folder is taken
 * away, those that the remaining ones do not hold. Every other setting is about sessions to come.
 */
export function touchedSessions(
  before: AppSettings,
  after: AppSettings,
  running: readonly LocalSession[],
): LocalSession[] {
  if (after.server !== before.server) return [...running];
  const takesAway = before.directories.some((directory) => !after.directories.includes(directory));
  return takesAway ? running.filter(({ cwd }) => !isIn(after.directories, cwd)) : [];
}

/** As far as the texts tell: a link that leads into a folder counts as outside. */
function isIn(directories: readonly string[], cwd: string): boolean {
  const inside = keyOf(cwd);
  return directories.some((directory) => covers(keyOf(directory), inside, process.platform === 'darwin'));
}

const keyOf = (directory: string) => parseDirectory(directory)?.key ?? directory;
