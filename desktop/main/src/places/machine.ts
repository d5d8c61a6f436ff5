import { existsSync, lstatSync } from 'node:fs';
import { candidates } from '@agentfleet/runner-core';

/** What is looked at to find the programs of a computer. */
export interface Machine {
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
  home: string;
  /** Whether something is there, e.g. a program or an application's folder. */
  exists(path: string): boolean;
}

export function thisMachine(env: NodeJS.ProcessEnv, home: string): Machine {
  return { platform: process.platform, env, home, exists: isThere };
}

/** Windows' own aliases of store apps are links that cannot be followed: the entry itself is looked for. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path) !== undefined;
  } catch {
    return existsSync(path);
  }
}

/** Absolute path of a program in PATH; undefined where there is none. */
export function inPath({ env, platform, exists }: Machine, name: string): string | undefined {
  return candidates(env, name, platform).find(exists);
}

/** A variable of the environment; Windows ignores the case of their names. */
export function variable({ env, platform }: Machine, name: string): string | undefined {
  const found = Object.keys(env).find((each) =>
    platform === 'win32' ? each.toLowerCase() === name.toLowerCase() : each === name,
  );
  return (found && env[found]) || undefined;
}
