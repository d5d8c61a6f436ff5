import { app, dialog } from 'electron';
import type { RunnerHost } from '../runner/runner-host.js';
import { hurryQuestion, isHurry, quitChoice, quitQuestion } from './quit-question.js';

/** Quits in order: asks when sessions run, lets them finish or stops them, delivers what is left. */
export class Quitting {
  readonly #host: RunnerHost;
  readonly #log: (text: string) => void;
  #phase: 'no' | 'asking' | 'ending' | 'done' = 'no';
  #isAskingAgain = false;
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

  /** Whether windows may close for good. */
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

  /** The system goes down: nobody can be asked, and little time is left. */
  async atOnce(): Promise<void> {
    const message = 'The computer was shut down while the session ran.';
    await this.#end('cancel', { code: 'runner_lost', message });
  }

  async #ask(): Promise<void> {
    if (this.#phase === 'ending') return this.#askAgain();
    if (this.#phase === 'asking') return;
    const question = quitQuestion(this.#host.status.running.length);
    if (!question) return this.#end('finish');
    this.#phase = 'asking';
    const { response } = await dialog.showMessageBox(question);
    // Meanwhile the system may have begun to go down.
    if (this.#phase !== 'asking') return;
    const choice = quitChoice(response);
    this.#phase = 'no';
    if (choice !== 'stay') await this.#end(choice);
  }

  /** While sessions are being finished: perhaps it shall be now. */
  async #askAgain(): Promise<void> {
    if (this.#isAskingAgain) return;
    const question = hurryQuestion(this.#host.status.running.length);
    if (question) {
      this.#isAskingAgain = true;
      const { response } = await dialog.showMessageBox(question);
      this.#isAskingAgain = false;
      if (!isHurry(response) || this.#phase !== 'ending') return;
    }
    await this.#end('cancel');
  }

  async #end(how: 'finish' | 'cancel', failure?: Parameters<RunnerHost['end']>[1]): Promise<void> {
    this.#phase = 'ending';
    this.#log(how === 'finish' ? 'Quitting when the sessions have ended.' : 'Quitting.');
    await this.#host.end(how, failure).catch((error: Error) => this.#log(error.message));
    this.#phase = 'done';
    // Two wishes to quit end here; one of them is enough.
    const leave = this.#leave;
    this.#leave = () => undefined;
    leave();
  }
}
