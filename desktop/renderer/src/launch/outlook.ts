import { covers, type PermissionMode, parseDirectory, type Runner } from '@agentfleet/contract';
import { modes } from '../base/modes.js';

/** What will happen to a session that is launched now. */
export interface Outlook {
  /** `good`: it starts at once. `wait`: it stays queued for a reason. `bad`: it would fail. */
  tone: 'good' | 'wait' | 'bad';
  sentence: string;
}

export interface Plan {
  cwd: string;
  /** Empty is any. */
  runnerId: string;
  mode: PermissionMode;
  sharedCwd: boolean;
}

/** A session that is not over, as far as it can be in the way. */
export interface InTheWay {
  cwd: string;
  sharedCwd: boolean;
}

/**
 * Says before the launch what the queue would say after it. The runner's allowlist works on real paths and has the
 * last word; this compares text, as the queue does.
 * @returns null while the folder is not one
 */
export function outlook(
  { cwd, runnerId, mode, sharedCwd }: Plan,
  runners: readonly Runner[],
  active: readonly InTheWay[],
): Outlook | null {
  const folder = parseDirectory(cwd.trim());
  if (!folder) return null;
  if (runners.length === 0) {
    return wait('No runner is connected yet: the session waits in the queue until one with this folder is.');
  }
  const pinned = runners.find(({ id }) => id === runnerId);
  const covering = (pinned ? [pinned] : runners).filter((runner) => allowsFolder(runner, cwd.trim()));
  if (covering.length === 0) {
    return pinned
      ? bad(`${pinned.name} does not allow this folder: the session would fail.`)
      : wait('No runner allows this folder: the session waits until one with it in ALLOWED_DIRS connects.');
  }
  const allowing = covering.filter(({ permissionModes }) => permissionModes.includes(mode));
  const modeName = modes[mode].name;
  if (allowing.length === 0) {
    return pinned
      ? bad(`${pinned.name} does not allow the mode ${modeName}: the session would fail.`)
      : wait(
          `${either(covering)} ${does(covering, 'does', 'do')} not allow the mode ${modeName}: the session waits for a runner that does.`,
        );
  }
  const online = allowing.filter((runner) => runner.online);
  if (online.length === 0) {
    return wait(
      `${either(allowing)} ${does(allowing, 'is', 'are')} offline: the session starts when ${does(allowing, 'it', 'one')} returns.`,
    );
  }
  const awake = online.filter(({ state }) => state === 'online');
  if (awake.length === 0) {
    return wait(
      `${either(online)} ${does(online, 'takes', 'take')} nothing new right now: the session waits until ${does(online, 'it', 'one')} does.`,
    );
  }
  const free = awake.filter(({ activeRuns, maxConcurrentRuns }) => activeRuns < maxConcurrentRuns);
  if (free.length === 0) {
    return wait(
      `${either(awake)} ${does(awake, 'is', 'are')} busy: the session starts when a place is free.`,
    );
  }
  const busy = active.some(
    (other) => parseDirectory(other.cwd)?.key === folder.key && !(other.sharedCwd && sharedCwd),
  );
  if (busy) {
    return wait(
      'Another session works in this folder: this one starts after it. Limits and queue can allow both.',
    );
  }
  return { tone: 'good', sentence: `Starts at once on ${either(free)}.` };
}

/** What a runner or the computer that one sits at allows. */
export type Allowing = Pick<Runner, 'directories' | 'platform'>;

/** Whether an allowlist, read as text, holds the folder. */
export function allowsFolder(runner: Allowing, cwd: string): boolean {
  const inside = parseDirectory(cwd);
  return runner.directories.some((directory) => {
    const outer = parseDirectory(directory);
    return (
      inside !== undefined &&
      outer?.style === inside.style &&
      covers(outer.key, inside.key, runner.platform === 'darwin')
    );
  });
}

const wait = (sentence: string): Outlook => ({ tone: 'wait', sentence });
const bad = (sentence: string): Outlook => ({ tone: 'bad', sentence });

const does = (runners: readonly Runner[], one: string, several: string) =>
  runners.length === 1 ? one : several;

/** `a`, `a or b`, `one of 3 runners` */
function either(runners: readonly Runner[]): string {
  const [first, second] = runners;
  if (runners.length > 2 || !first) return `one of ${runners.length} runners`;
  return second ? `${first.name} or ${second.name}` : first.name;
}
