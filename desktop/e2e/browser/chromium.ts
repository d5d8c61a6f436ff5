import { existsSync } from 'node:fs';
import { join } from 'node:path';
import bundled from '@sparticuz/chromium';
import type { LaunchOptions } from 'playwright-core';

/** Where the systems keep Chrome, Chromium and Edge. */
const places: Partial<Record<NodeJS.Platform, string[]>> = {
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  linux: ['/usr/bin/google-chrome', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/snap/bin/chromium'],
  win32: ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA'].flatMap((variable) => {
    const base = process.env[variable];
    if (!base) return [];
    return [
      join(base, 'Google/Chrome/Application/chrome.exe'),
      join(base, 'Microsoft/Edge/Application/msedge.exe'),
    ];
  }),
};

/**
 * How to launch a real browser: the one of `CHROME_PATH`, else the system's own, else (Linux x64) the one that
 * npm installed.
 * @returns undefined where there is none
 */
export async function findChromium(): Promise<LaunchOptions | undefined> {
  // A test machine has no graphics card: to imitate one costs more than to draw without. A container often runs as root,
  // and Chromium has no sandbox for root.
  const args = ['--disable-gpu', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])];
  const chosen = process.env.CHROME_PATH;
  const executablePath = chosen || places[process.platform]?.find((place) => existsSync(place));
  if (executablePath) return { executablePath, args };
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  return { executablePath: await bundled.executablePath(), args: [...args, '--font-render-hinting=none'] };
}
