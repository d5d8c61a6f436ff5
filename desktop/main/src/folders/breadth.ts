import { realpathSync } from 'node:fs';
import path from 'node:path';
import { isInside } from '@agentfleet/runner-core';

/**
 * What a folder holds that few people mean to give away, in a sentence; undefined where it is none of these. Links are
 * followed.
 */
export function breadthOf(folder: string, home: string): string | undefined {
  const [place, own] = [realOf(folder), realOf(home)];
  if (path.dirname(place) === place) return 'It holds everything on this computer that you can read.';
  if (place === own) return 'It is your whole home: keys, mail and settings of every program are in it.';
  if (isInside(path, place, own)) return 'It holds your whole home, and those of others here.';
  return undefined;
}

/** As it stands there where it is not to be found. */
function realOf(folder: string): string {
  try {
    return realpathSync.native(folder);
  } catch {
    return path.resolve(folder);
  }
}
