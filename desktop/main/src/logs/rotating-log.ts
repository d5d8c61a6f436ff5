import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { redact } from './redact.js';

export interface RotatingLogOptions {
  /** When a file is full, bytes. */
  maxBytes?: number;
  /** How many full files are kept beside the current one. */
  keep?: number;
}

/**
 * The app's log. Every line is on its way to the disk when `write` returns, so a crash loses none; secrets are
 * cut out; a disk that refuses never stops the app.
 */
export class RotatingLog {
  readonly path: string;
  readonly #maxBytes: number;
  readonly #keep: number;
  #bytes: number;

  constructor(path: string, { maxBytes = 1_000_000, keep = 3 }: RotatingLogOptions = {}) {
    this.path = path;
    this.#maxBytes = maxBytes;
    this.#keep = keep;
    this.#bytes = sizeOf(path);
  }

  /** One line, with the time before it. Line breaks in it become spaces. */
  write(text: string): void {
    const line = `${new Date().toISOString()} ${redact(text).replace(/\s*\n\s*/g, ' ')}\n`;
    try {
      if (this.#bytes > 0 && this.#bytes + Buffer.byteLength(line) > this.#maxBytes) this.#rotate();
      if (this.#bytes === 0) mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
      appendFileSync(this.path, line, { mode: 0o600 });
      this.#bytes += Buffer.byteLength(line);
    } catch {
      // A full disk, a folder that somebody removed: the log waits, the work goes on.
      this.#bytes = sizeOf(this.path);
    }
  }

  /** The newest lines, oldest of them first. */
  tail(lines: number): string[] {
    const files = [`${this.path}.1`, this.path];
    const text = files.map((file) => readIfThere(file)).join('');
    return text.split('\n').slice(0, -1).slice(-lines);
  }

  #rotate(): void {
    rmSync(`${this.path}.${this.#keep}`, { force: true });
    for (let age = this.#keep - 1; age >= 1; age -= 1)
      renameIfThere(`${this.path}.${age}`, `${this.path}.${age + 1}`);
    renameIfThere(this.path, `${this.path}.1`);
    this.#bytes = 0;
  }
}

/** 0 for a file that is not there or cannot be seen. */
function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}

/** Empty for a file that is not there or cannot be read. */
function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function renameIfThere(from: string, to: string): void {
  if (sizeOf(from) > 0) renameSync(from, to);
}
