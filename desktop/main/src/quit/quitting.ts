import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { app } from 'electron';
import type { RunnerHost } from '../runner/runner-host.js';
import { ask } from '../windows/ask.js';
import { hurryChoice, hurryQuestion, quitChoice, quitQuestion } from './quit-question.js';

/** How long sessions that run may go on when the system ends the app, before they are stopped, ms. */
const graceMs = { shutdown: 1_500, signal: 10_000 } as const;

/** The same word of the system may come twice, as Ctrl+C does through npm, ms. */
const sameMs = 300;
/** How long a quit that nobody is asked about may be held up, by a dialog that is open for instance, ms. */
const patienceMs = 2_000;

const endedWith = {
  shutdown: 'The computer was shut down while the session ran.',
  signal: 'AgentFleet was ended on this computer while the session ran.',
} as const;

/** Quits in order: asks when sessions run, lets them finish or stops them, delivers what is left. */
export class Quitting {
  readonly #host: RunnerHost;
  readonly #log: (text: string) => void;
  /** While it is `finishing` the person may take it back; `ending` goes on whatever anybody wants. */
  #phase: 'no' | 'asking' | 'finishing' | 'ending' | 'done' = 'no';
  /** Ends the wait for what is being finished. */
  #waiting = new AbortController();
  #isAskingAgain = false;
  /** Nobody is asked any more. */
  #isBySystem = false;
  /** When the system said so last, ms. */
  #lastToldAt = Number.NEGATIVE_INFINITY;
  /** What ends the app when nothing runs any more. */
  #leave: () => void = () => app.quit();

  constructor(host: RunnerHost, log: (text: string) => void) {
    this.#host = host;
    this.#log = log;
    app.on('before-quit', (event) => {
      if (this.#phase === 'done') return;
      event.preventDefault();
      void this.#ask();
    });
  }

  /** Whether windows may close for good, and what ends is no news. */
  get isEnding(): boolean {
    return this.#phase === 'ending' || this.#phase === 'done';
  }

  /**
   * Quits in the same order, with another last step, e.g. to start a new version. Where the person prefers to keep
   * the sessions running, nothing happens.
   */
  async quitBy(leave: () => void): Promise<void> {
    if (this.#phase !== 'no') return;
    this.#leave = leave;
    await this.#ask();
    if (this.#phase === 'no') this.#leave = () => app.quit();
  }

  /** Takes back a quit that waits for sessions to end: new ones are taken again. */
  keepRunning(): void {
    if (this.#phase !== 'finishing') return;
    this.#log('It does not quit: that was taken back.');
    this.#phase = 'no';
    this.#leave = () => app.quit();
    this.#waiting.abort();
    this.#host.release('quit');
  }

  /**
   * The system ends the app: nobody can be asked, and little time is left. Takes nothing new, lets end what ends by
   * itself, then stops the rest. Again: stops it now.
   */
  async atOnce(why: keyof typeof graceMs): Promise<void> {
    const now = performance.now();
    if (now - this.#lastToldAt < sameMs) return;
    this.#lastToldAt = now;
    const isAgain = this.#isBySystem;
    this.#isBySystem = true;
    const failure = { code: 'runner_lost', message: endedWith[why] } as const;
    if (isAgain) return this.#end('cancel', failure);
    const ended = this.#end('finish');
    const isOver = await Promise.race([ended.then(() => true), delay(graceMs[why], false, { ref: false })]);
    if (!isOver) await this.#end('cancel', failure);
  }

  async #ask(): Promise<void> {
    if (this.#isBySystem) return;
    if (this.#phase === 'finishing' || this.#phase === 'ending') return this.#askAgain();
    if (this.#phase === 'asking') return;
    const question = quitQuestion(this.#host.status.running.length);
    if (!question) return this.#end('finish');
    this.#phase = 'asking';
    const response = await ask(question);
    // Meanwhile the system may have begun to go down.
    if (this.#phase !== 'asking' || this.#isBySystem) return;
    const choice = quitChoice(response);
    this.#phase = 'no';
    if (choice === 'finish') await this.#finish();
    else if (choice === 'cancel') await this.#end('cancel');
  }

  /** While sessions are being finished: perhaps it shall be now. */
  async #askAgain(): Promise<void> {
    if (this.#isAskingAgain) return;
    const question = hurryQuestion(this.#host.status.running.length);
    if (question) {
      this.#isAskingAgain = true;
      const response = await ask(question);
      this.#isAskingAgain = false;
      const choice = hurryChoice(response);
      if (choice === 'stay') this.keepRunning();
      const isStillSo = this.#phase === 'finishing' || this.#phase === 'ending';
      if (choice !== 'cancel' || !isStillSo || this.#isBySystem) return;
    }
    await this.#end('cancel');
  }

  /** Lets what runs end, then quits. Resolves too when that was taken back. */
  async #finish(): Promise<void> {
    this.#phase = 'finishing';
    this.#waiting = new AbortController();
    const { signal } = this.#waiting;
    this.#log('Quitting when the sessions have ended.');
    this.#host.hold('quit', 'AgentFleet quits when the current sessions have ended.');
    if (this.#host.status.running.length > 0) {
      await once(this.#host, 'idle', { signal }).catch(() => undefined);
    }
    if (!signal.aborted) await this.#end('finish');
  }

  async #end(how: 'finish' | 'cancel', failure?: Parameters<RunnerHost['end']>[1]): Promise<void> {
    this.#phase = 'ending';
    this.#waiting.abort();
    this.#log('Quitting.');
    await this.#host.end(how, failure).catch((error: Error) => this.#log(error.message));
    this.#phase = 'done';
    // Two wishes to quit end here; one of them is enough.
    const leave = this.#leave;
    this.#leave = () => undefined;
    leave();
    if (this.#isBySystem) setTimeout(() => app.exit(), patienceMs).unref();
  }
}
