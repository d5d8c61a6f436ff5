import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { findChromium } from '../browser/chromium.js';
import { Cdp } from './cdp.js';

export interface Chromium {
  cdp: Cdp;
  /** Where Playwright finds it. */
  devToolsUrl: string;
  /** Ends it and removes its profile. */
  close(): void;
}

/**
 * Starts the Chromium in which the windows are opened: without a window of its own, and without a network but loopback.
 * It now and then crashes before it listens, on a machine with a lot to do: then it is started once more.
 */
export async function startChromium(): Promise<Chromium> {
  const { executablePath, args = [] } = (await findChromium()) ?? {};
  if (!executablePath)
    throw new Error('There is no Chrome or Chromium here. Install one or set CHROME_PATH.');
  return startOnce(executablePath, args).catch((error) => {
    console.error(`Started once more: ${error}`);
    return startOnce(executablePath, args);
  });
}

async function startOnce(executable: string, args: readonly string[]): Promise<Chromium> {
  const profile = mkdtempSync(join(tmpdir(), 'agentfleet-stand-in-'));
  const child = spawn(
    executable,
    [
      ...args,
      '--headless',
      '--remote-debugging-port=0',
      '--remote-debugging-pipe',
      `--user-data-dir=${profile}`,
      '--no-startup-window',
      '--no-first-run',
      '--no-default-browser-check',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-dev-shm-usage',
      '--disable-extensions',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
      '--password-store=basic',
    ],
    { stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] },
  );
  const devToolsUrl = await new Promise<string>((resolve, reject) => {
    const said: string[] = [];
    child
      .once('error', reject)
      .once('exit', (code, signal) =>
        reject(new Error(`Chromium ended with ${code ?? signal}: ${said.join('\n')}`)),
      );
    createInterface({ input: child.stdio[2] as Readable }).on('line', (line) => {
      if (said.push(line) > 20) said.shift();
      const url = /^DevTools listening on (ws:\S+)/.exec(line)?.[1];
      if (url) resolve(url);
    });
  });
  return {
    cdp: new Cdp(child.stdio[3] as Writable, child.stdio[4] as Readable),
    devToolsUrl,
    close() {
      child.kill('SIGKILL');
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}
