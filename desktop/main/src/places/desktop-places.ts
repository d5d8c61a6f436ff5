import { homedir } from 'node:os';
import type { AppSettings } from '@agentfleet/bridge';
import { shell } from 'electron';
import type { SessionEnvironment } from '../runner/session-environment.js';
import { start } from './launch.js';
import { thisMachine } from './machine.js';
import { Places } from './places.js';

/** Places of this computer, opened on its desktop. @param sessionEnv of the user's own programs */
export function desktopPlaces(
  sessionEnv: SessionEnvironment,
  settings: () => Pick<AppSettings, 'directories' | 'claudePath'>,
): Places {
  return new Places({
    machine: async () => thisMachine(await sessionEnv.values, homedir()),
    directories: () => settings().directories,
    claudePath: () => settings().claudePath,
    start: async (launch) => start(launch, await sessionEnv.values),
    openFolder: (path) => void shell.openPath(path),
    pointAt: (path) => shell.showItemInFolder(path),
  });
}
