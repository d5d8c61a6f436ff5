import type { Failure } from '@agentfleet/contract';
import { killSessions } from './processes/session-process.js';
import type { Runner } from './runner.js';

/** npm passes a Ctrl+C on although the terminal has sent it to everybody: two within this time are one, ms. */
const sameSignalMs = 300;
/** How long what is ended by force may take to be in the outbox, ms. */
const forceMs = 5_000;
/** What a shell calls the end by Ctrl+C. */
const interruptedCode = 130;

/** The three ways in which a daemon ends, each harder than the one before. */
export class Ending {
  readonly #runner: Runner;
  readonly #say: (text: string) => void;
  #steps = 0;
  #lastSignal = Number.NEGATIVE_INFINITY;

  constructor(runner: Runner, say: (text: string) => void) {
    this.#runner = runner;
    this.#say = say;
  }

  /** Each signal is a step further. The closing of a terminal is the first one, whatever comes with it. */
  obeySignals(): void {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGBREAK'] as const) process.on(signal, () => this.#next());
    // Who has no terminal is not meant by the closing of one: Node undoes what nohup does, so it is done again here.
    const hasTerminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
    process.on('SIGHUP', () => {
      if (!hasTerminal) return;
      // Windows ends a process a few seconds after its console was closed.
      if (process.platform === 'win32') this.#leave();
      else if (this.#steps === 0) this.#next();
    });
  }

  drain(): void {
    this.#steps = Math.max(this.#steps, 1);
    this.#say(`Draining: ${this.#runner.running} running, taking nothing new. Again to cancel.`);
    this.#runner.drain();
  }

  cancel(): void {
    this.#steps = Math.max(this.#steps, 2);
    this.#say('Cancelling. Again to exit at once.');
    this.#runner.cancelAll();
  }

  /** Ends everything by force and the daemon with it; what was not delivered stays in the outbox. */
  kill(failure?: Failure): void {
    process.exitCode = interruptedCode;
    setTimeout(() => process.exit(), forceMs).unref();
    this.#runner.cancelAll(failure);
    void killSessions();
    void this.#runner.leave();
  }

  #next(): void {
    const now = performance.now();
    if (now - this.#lastSignal < sameSignalMs) return;
    this.#lastSignal = now;
    if (this.#steps === 0) this.drain();
    else if (this.#steps === 1) this.cancel();
    else this.kill();
  }

  #leave(): void {
    this.kill({
      code: 'runner_lost',
      message: 'AgentFleet was ended on this machine while the session ran.',
    });
  }
}
