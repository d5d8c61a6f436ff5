import { chmod, mkdtemp, realpath, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import type { Place } from '@agentfleet/bridge';
import { createAllowlist, locate } from '@agentfleet/runner-core';
import { editorOf } from './editors.js';
import type { Launch } from './launch.js';
import type { Machine } from './machine.js';
import { howToReveal } from './revealing.js';
import { terminalIn, terminalRunning } from './terminals.js';

export interface PlacesParts {
  machine: () => Promise<Machine>;
  /** The folders sessions may work in. */
  directories: () => string[];
  /** Empty where it is to be found. */
  claudePath: () => string;
  start: (launch: Launch) => Promise<void>;
  /** Opens a folder in the system's file manager. */
  openFolder: (path: string) => void;
  /** Shows the entry in its folder. */
  pointAt: (path: string) => void;
}

/** Constant: the program lies beside it, under a name of ours. */
const startingScript = '#!/bin/sh\nexec "$(dirname "$0")/claude"\n';

/** Opens folders and files of sessions in the user's own programs: those below the allowed folders, and nothing else. */
export class Places {
  readonly #parts: PlacesParts;

  constructor(parts: PlacesParts) {
    this.#parts = parts;
  }

  /** Rejects with a sentence for a person. */
  async open({ path, how }: Place): Promise<void> {
    const { real, isFolder } = await this.#allowed(path);
    if (how === 'reveal') return this.#reveal(real, isFolder);
    const machine = await this.#parts.machine();
    if (how === 'editor') {
      const launch = editorOf(machine, real, isFolder);
      if (!launch) throw new Error('No editor that AgentFleet knows was found on this computer.');
      return this.#parts.start(launch);
    }
    const launch = terminalIn(machine, isFolder ? real : dirname(real));
    if (!launch) throw noTerminal();
    await this.#parts.start(launch);
  }

  /** Opens a terminal that runs Claude Code, so that a person logs in to it. Rejects with a sentence. */
  async runClaude(folder: string): Promise<void> {
    const machine = await this.#parts.machine();
    const located = locate(machine.env, this.#parts.claudePath() || undefined);
    if (!located.ok) throw new Error(located.message);
    const program = located.executable.path;
    const script = machine.platform === 'darwin' ? await scriptFor(program) : '';
    const launch = terminalRunning(machine, program, folder, script);
    if (!launch) throw noTerminal();
    await this.#parts.start(launch);
  }

  #reveal(path: string, isFolder: boolean): void {
    if (howToReveal(process.platform, path, isFolder) === 'open') this.#parts.openFolder(path);
    else this.#parts.pointAt(path);
  }

  /** What a path really is, and that it lies in an allowed folder. What lies elsewhere is not even said to be there. */
  async #allowed(path: string): Promise<{ real: string; isFolder: boolean }> {
    const refusal = new Error(
      `“${path}” is not in one of the folders of this computer that sessions may work in.`,
    );
    if (!isAbsolute(path)) throw refusal;
    const real = await realpath(path).catch(() => undefined);
    const found = real === undefined ? undefined : await stat(real).catch(() => undefined);
    const isFolder = found?.isDirectory() ?? false;
    const folder = isFolder && real !== undefined ? real : dirname(real ?? path);
    if (!(await createAllowlist(this.#parts.directories()).check(folder)).ok) throw refusal;
    if (real === undefined || !found) throw new Error(`“${path}” is not there any more.`);
    if (!isFolder && !found.isFile()) throw new Error(`“${path}” is neither a folder nor a file.`);
    return { real, isFolder };
  }
}

const noTerminal = () => new Error('No terminal that AgentFleet knows was found on this computer.');

/** A file that Terminal runs as it opens it. */
async function scriptFor(program: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'agentfleet-'));
  await symlink(program, join(folder, 'claude'));
  const script = join(folder, 'run.command');
  await writeFile(script, startingScript);
  await chmod(script, 0o700);
  return script;
}
