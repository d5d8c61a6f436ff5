import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { RunnerAsked, type RunnerSays } from '@agentfleet/contract';
import type { Runner } from './runner.js';

/** How many lines are kept while nobody attends. */
const mostLines = 200;
/** How long an attendant may take to read the last lines, ms. */
const farewellMs = 500;
/** How long a runner goes on that has no server, nobody who attends it and nothing to do, ms. */
const aloneMs = 5 * 60_000;

export interface AttendanceOptions {
  /** What its server knows it by. */
  launch: string;
  runner: Pick<Runner, 'running' | 'draining' | 'on'>;
  obey(asked: Exclude<RunnerAsked, 'attend'>): void;
  /** Called when nobody needs the runner any more. */
  alone(): void;
  /** For tests that cannot wait as long, ms. */
  aloneMs?: number;
}

/**
 * A local runner's side of the talk with the server on its computer (contract/local-runner.ts). The server may be killed
 * and come back: meanwhile the runner works on, keeps what it says, and ends by itself only when it has long had no server
 * and nothing to do.
 */
export class Attendance {
  readonly #options: AttendanceOptions;
  readonly #watch: NodeJS.Timeout;
  #attendant: Socket | undefined;
  #kept: string[] = [];
  /** Since when the runner has no server, by the monotonic clock, ms. */
  #offlineSince: number | undefined;

  constructor(options: AttendanceOptions) {
    this.#options = options;
    const most = options.aloneMs ?? aloneMs;
    options.runner.on('offline', () => {
      this.#offlineSince ??= performance.now();
    });
    options.runner.on('online', () => {
      this.#offlineSince = undefined;
    });
    this.#watch = setInterval(() => this.#lookWhetherAlone(most), most / 20).unref();
  }

  /** Somebody has come to the lock. */
  visit(socket: Socket): void {
    // A reader passes on what goes wrong with its input: who was cut off closes, and that is all.
    const reader = createInterface(socket).on('error', () => undefined);
    reader.on('line', (line) => this.#hear(socket, line));
    socket.on('error', () => undefined);
    socket.once('close', () => {
      if (this.#attendant === socket) this.#attendant = undefined;
    });
    const { launch, runner } = this.#options;
    const { running, draining } = runner;
    const attended = this.#attendant !== undefined;
    const upMs = Math.round(process.uptime() * 1_000);
    tell(socket, { type: 'hello', pid: process.pid, launch, running, draining, attended, upMs });
  }

  /** Passes a line on to who attends, or keeps it until somebody does. */
  say(text: string): void {
    if (this.#attendant) tell(this.#attendant, { type: 'line', text });
    else this.#kept = [...this.#kept, text].slice(-mostLines);
  }

  /** Lets who attends read the last lines, and parts. */
  async close(): Promise<void> {
    clearInterval(this.#watch);
    const attendant = this.#attendant;
    if (!attendant) return;
    await new Promise<void>((resolve) => {
      setTimeout(resolve, farewellMs);
      attendant.once('close', resolve).end();
    });
  }

  #hear(socket: Socket, line: string): void {
    const asked = RunnerAsked.safeParse(parsed(line)).data;
    if (asked === undefined) return;
    if (asked !== 'attend') this.#options.obey(asked);
    else if (this.#attendant) socket.destroy();
    else {
      this.#attendant = socket;
      for (const text of this.#kept.splice(0)) this.say(text);
    }
  }

  #lookWhetherAlone(most: number): void {
    const { runner } = this.#options;
    if (this.#attendant || runner.running > 0 || runner.draining || this.#offlineSince === undefined) return;
    if (performance.now() - this.#offlineSince >= most) this.#options.alone();
  }
}

function tell(socket: Socket, said: RunnerSays): void {
  if (socket.writable) socket.write(`${JSON.stringify(said)}\n`);
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
