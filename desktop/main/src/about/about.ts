import { homedir, release, type } from 'node:os';
import { clipboard } from 'electron';
import type { AppCore } from '../app/app-core.js';
import { diagnostics } from '../diagnostics/diagnostics.js';
import type { RotatingLog } from '../logs/rotating-log.js';
import { ask } from '../windows/ask.js';
import { aboutBox, isCopying } from './about-box.js';

export interface AboutParts {
  core: AppCore;
  log: RotatingLog;
}

/** Lines of the log in a diagnostics bundle. */
const logLines = 500;
const system = () => `${type()} ${release()} ${process.arch}`;

function versions() {
  const { electron, chrome, node } = process.versions;
  return { electron, chrome, node };
}

/** Shows what runs here; resolves when the box is closed. */
export async function showAbout(parts: AboutParts): Promise<void> {
  const { version, settings } = parts.core.state;
  const box = aboutBox({ app: version, system: system(), versions: versions(), server: settings.server });
  if (isCopying(await ask(box))) await copyDiagnostics(parts);
}

export async function copyDiagnostics(parts: AboutParts): Promise<void> {
  clipboard.writeText(await diagnosticsText(parts, new Date()));
}

/** The text of a diagnostics bundle. Makes the checks, which takes some seconds. */
export async function diagnosticsText({ core, log }: AboutParts, at: Date): Promise<string> {
  return diagnostics({
    state: core.state,
    findings: await core.examine(),
    log: log.tail(logLines),
    versions: versions(),
    system: system(),
    home: homedir(),
    at,
  });
}
