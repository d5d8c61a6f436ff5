import type { FolderState } from '@agentfleet/bridge';
import { createAllowlist, examineDirectory } from '@agentfleet/runner-core';
import { inAppWords } from '../runner/app-words.js';
import { breadthOf, type Kept } from './breadth.js';

/** The folders sessions may work in, as they were when they were last looked at. */
export class Folders {
  readonly #kept: Kept;
  readonly #onChange: () => void;
  #state: FolderState[] = [];
  #looks = 0;

  /** @param onChange called when a look has found something else */
  constructor(kept: Kept, onChange: () => void) {
    this.#kept = kept;
    this.#onChange = onChange;
  }

  get state(): FolderState[] {
    return this.#state;
  }

  async look(folders: readonly string[]): Promise<void> {
    this.#looks += 1;
    const look = this.#looks;
    const state = await Promise.all(folders.map((folder) => this.#lookAt(folder)));
    // A disk that answers slowly must not put old folders over newer ones.
    if (look !== this.#looks || JSON.stringify(state) === JSON.stringify(this.#state)) return;
    this.#state = state;
    this.#onChange();
  }

  async #lookAt(path: string): Promise<FolderState> {
    const { ok, what, mend } = await examineDirectory(createAllowlist([path]), path);
    const problem = ok ? null : inAppWords(`${what}. ${mend ?? ''}`.trim());
    return { path, isOpen: ok, problem, breadth: breadthOf(path, this.#kept) ?? null };
  }
}
