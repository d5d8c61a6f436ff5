import { realpathSync } from 'node:fs';
import path from 'node:path';
import { isInside } from '@agentfleet/runner-core';

/** Places that a session could do harm with; absolute paths. */
export interface Kept {
  home: string;
  /** Where the app keeps its settings, and its runner what it signs in with. */
  own: readonly string[];
}

/** Of a home: what decides what Claude Code asks about, and what opens other computers. */
const claudeFolder = '.claude';
const keyFolders = ['.ssh', '.gnupg'] as const;

/**
 * What a folder holds that few people mean to give away, in a sentence; undefined where it is none of these. Links are
 * followed.
 */
export function breadthOf(folder: string, { home, own }: Kept): string | undefined {
  const [place, ofUser] = [realOf(folder), realOf(home)];
  if (path.dirname(place) === place) return 'It holds everything on this computer that you can read.';
  if (place === ofUser) return 'It is your whole home: keys, mail and settings of every program are in it.';
  if (isInside(path, place, ofUser)) return 'It holds your whole home, and those of others here.';
  if (own.some((each) => meets(place, realOf(each))))
    return 'AgentFleet keeps its own settings or its key there: a session that changes files could allow itself more.';
  if (meets(place, path.join(ofUser, claudeFolder)))
    return 'Claude Code keeps its own settings there: a session that changes files could allow itself more.';
  if (keyFolders.some((each) => meets(place, path.join(ofUser, each)))) return 'Your keys lie there.';
  return undefined;
}

/** Whether one is in the other, or both are the same. */
const meets = (one: string, other: string): boolean =>
  isInside(path, one, other) || isInside(path, other, one);

/** Of what is not there yet, where it would be. */
function realOf(folder: string): string {
  try {
    return realpathSync.native(folder);
  } catch {
    const whole = path.resolve(folder);
    const above = path.dirname(whole);
    return above === whole ? whole : path.join(realOf(above), path.basename(whole));
  }
}
