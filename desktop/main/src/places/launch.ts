import { spawn } from 'node:child_process';
import { once } from 'node:events';

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

/** Starts it and leaves it alone. Rejects when it cannot be started. */
export async function start(
  { file, args, cwd, env, isSpelled }: Launch,
  userEnv: NodeJS.ProcessEnv,
): Promise<void> {
  const child = spawn(file, args, {
    cwd,
    env: { ...userEnv, ...env },
    detached: process.platform !== 'win32',
    stdio: 'ignore',
    windowsVerbatimArguments: isSpelled ?? false,
  });
  // `once` rejects on the child's error.
  await once(child, 'spawn');
  child.on('error', () => undefined);
  child.unref();
}
