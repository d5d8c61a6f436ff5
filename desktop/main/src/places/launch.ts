import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, constants } from 'node:fs/promises';
import { closingInherited } from '@agentfleet/runner-core';

/** A program that is started beside the app. Its arguments go to it as they are: no shell reads them. */
export interface Launch {
  /** Absolute path of the program. */
  file: string;
  args: string[];
  cwd: string;
  /** Beside the environment of the user. */
  env?: Record<string, string>;
  /** Windows only: the arguments are constant words, in the spelling that the program reads. */
  isSpelled?: boolean;
}

/** Starts it, with nothing of ours, and leaves it alone. Rejects when it cannot be started. */
export async function start(launch: Launch, userEnv: NodeJS.ProcessEnv): Promise<void> {
  // What closes the descriptors is started whether the program is there or not.
  await access(launch.file, constants.X_OK);
  const { file, args } = closingInherited(launch.file, launch.args);
  const child = spawn(file, args, {
    cwd: launch.cwd,
    env: { ...withoutOurs(userEnv), ...launch.env },
    detached: process.platform !== 'win32',
    stdio: 'ignore',
    windowsVerbatimArguments: launch.isSpelled ?? false,
  });
  // `once` rejects on the child's error.
  await once(child, 'spawn');
  child.on('error', () => undefined);
  child.unref();
}

/** The app may have been given its key in the environment. */
function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^AGENTFLEET_/i.test(name)));
}
