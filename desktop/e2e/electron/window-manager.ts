import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/** Small, and packaged for every Linux. */
const tool = 'openbox';

export interface WindowManager {
  stop(): Promise<void>;
}

/**
 * Starts a window manager on a display that has none, such as Xvfb's; resolves when it manages. Where the display turns
 * out to have one, that one does. Undefined where there is none to start.
 */
export async function startWindowManager(): Promise<WindowManager | undefined> {
  if (spawnSync(tool, ['--version'], { stdio: 'ignore' }).error) return undefined;
  const child = spawn(tool, ['--sm-disable', '--startup', 'echo manages'], { stdio: 'pipe' });
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  const ended = once(child, 'close');
  const manages = await Promise.race([once(child.stdout, 'data').then(() => true), ended.then(() => false)]);
  if (!manages) return /already running/.test(said) ? { stop: () => Promise.resolve() } : undefined;
  return {
    async stop() {
      child.kill();
      await ended;
    },
  };
}
