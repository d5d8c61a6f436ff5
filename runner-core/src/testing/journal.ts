import { appendFileSync, closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** What a runner process notes of itself while faults happen to it. Times are ms since 1970. */
export type JournalEntry =
  /** It was given a run. */
  | { type: 'claimed'; at: number; runId: string; token: string }
  /** An event got its place in the log of the attempt. */
  | { type: 'event'; at: number; runId: string; token: string; seq: number; message: string }
  /** The agent was spawned: from here on the session exists, until `over` or the death of the process. */
  | {
      type: 'session';
      at: number;
      runId: string;
      nonce: string;
      cwd: string;
      resumeSessionId: string | null;
      agentSessionId: string;
    }
  | { type: 'over'; at: number; runId: string; nonce: string }
  /** The session was told what became of a tool it asked for. */
  | { type: 'permitted'; at: number; runId: string; nonce: string; use: string; allow: boolean }
  /** The server acknowledged every event up to a seq. */
  | { type: 'acknowledged'; at: number; runId: string; token: string; lastSeq: number }
  /** The server acknowledged the end. */
  | {
      type: 'finished';
      at: number;
      runId: string;
      token: string;
      status: string;
      failure: string | null;
      costUsd: number | null;
      inputTokens: number | null;
      result: string | null;
    }
  | { type: 'trouble'; at: number; message: string };

type Noted<Entry> = Entry extends JournalEntry ? Omit<Entry, 'at'> : never;

/** Lines on disk, each written before what it tells of goes on: a killed process leaves what it had noted. */
export class Journal {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  note(entry: Noted<JournalEntry>): void {
    const at = performance.timeOrigin + performance.now();
    appendFileSync(this.#path, `${JSON.stringify({ at, ...entry })}\n`);
  }
}

/**
 * Reads a journal from an offset on; a line that was torn by the death of its process is none.
 * @returns the entries, and the offset behind them
 */
export function readJournal(path: string, from = 0): { entries: JournalEntry[]; end: number } {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    // It died before it had noted anything.
    return { entries: [], end: 0 };
  }
  try {
    const bytes = Buffer.alloc(fstatSync(file).size - from);
    const read = readSync(file, bytes, 0, bytes.length, from);
    const whole = bytes.subarray(0, read).lastIndexOf('\n') + 1;
    const lines = bytes.toString('utf8', 0, whole).split('\n').slice(0, -1);
    return { entries: lines.map((line) => JSON.parse(line) as JournalEntry), end: from + whole };
  } finally {
    closeSync(file);
  }
}
