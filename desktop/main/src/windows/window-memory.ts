import { readFileSync } from 'node:fs';
import { writeWhole } from '@agentfleet/runner-core';
import * as z from 'zod';

const side = z.int().min(1).max(100_000);
const Remembered = z.object({
  /** Of the window while it is neither maximised nor minimised; null before there was one. */
  bounds: z.object({ x: z.int(), y: z.int(), width: side, height: side }).nullable().catch(null),
  maximized: z.boolean().catch(false),
  /** Chromium's level: 0 is 100 %, each step a fifth more. */
  zoom: z.number().min(-8).max(9).catch(0),
  /** Whether it was said that a closed window leaves the app at work. */
  toldOfClosing: z.boolean().catch(false),
});
export type Remembered = z.infer<typeof Remembered>;

/**
 * What the window remembers from one time to the next. It is a convenience: what cannot be written is let go. What cannot be read
 * is left alone, and what another version has written beside it stays.
 */
export class WindowMemory {
  readonly #path: string;
  /** As the file says it; undefined where nobody can tell what it says. */
  #written: object | undefined;
  #remembered: Remembered;

  constructor(path: string) {
    this.#path = path;
    this.#written = read(path);
    this.#remembered = Remembered.parse(this.#written ?? {});
  }

  get remembered(): Remembered {
    return this.#remembered;
  }

  keep(change: Partial<Remembered>): void {
    this.#remembered = { ...this.#remembered, ...change };
    if (!this.#written) return;
    const next = { ...this.#written, ...change };
    if (JSON.stringify(next) === JSON.stringify(this.#written)) return;
    this.#written = next;
    try {
      writeWhole(this.#path, JSON.stringify(this.#written));
    } catch {
      // A full disk: the window opens next time where it did before.
    }
  }
}

/** Undefined where there is something that cannot be read. */
function read(path: string): object | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? {} : undefined;
  }
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  } catch {
    return {};
  }
}
