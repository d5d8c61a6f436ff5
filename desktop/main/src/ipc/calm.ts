import type { CommandName } from '@agentfleet/bridge';

/** What shows something outside of the page: a question, a dialog of the system, another program. */
const outside: ReadonlySet<CommandName> = new Set([
  'stopSession',
  'forgetKey',
  'forgetServer',
  'pickFolder',
  'pickClaude',
  'saveFile',
  'saveDiagnostics',
  'showAbout',
  'showLog',
  'openPlace',
  'runClaude',
  'signIn',
  'showSignIn',
  'pasteKey',
]);
/** What asks a person now and then; it has when it comes back declined. */
const mayAsk: ReadonlySet<CommandName> = new Set(['applySettings', 'keepKey']);

/** So much within so long, ms: more than a person wants who looks at it. */
const mostShown = 12;
const withinMs = 30_000;
/** Of what may ask, so many may wait for each other. */
const mostWaiting = 8;

/**
 * Keeps a page from burying the person at the machine: what it shows may be somebody else's words, and some of it could one day
 * be somebody else's code. Without this one dialog follows the other until the wrong button is hit.
 */
export class Calm {
  readonly #now: () => number;
  #shown: number[] = [];
  readonly #underWay = new Map<CommandName, number>();

  /** @param now ms, of a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Does it. Rejects with a sentence where it is too much. */
  async keep<Output>(name: CommandName, work: () => Output | Promise<Output>): Promise<Output> {
    const isShown = outside.has(name);
    if (!isShown && !mayAsk.has(name)) return work();
    const underWay = this.#underWay.get(name) ?? 0;
    if (underWay >= (isShown ? 1 : mostWaiting)) throw new Error('Answer what is open first.');
    this.#shown = this.#shown.filter((at) => this.#now() - at < withinMs);
    if (this.#shown.length >= mostShown)
      throw new Error('That was a lot at once. Try it again in half a minute.');
    if (isShown) this.#shown.push(this.#now());
    this.#underWay.set(name, underWay + 1);
    try {
      const output = await work();
      if (!isShown && isDeclined(output)) this.#shown.push(this.#now());
      return output;
    } finally {
      this.#underWay.set(name, (this.#underWay.get(name) ?? 1) - 1);
    }
  }
}

const isDeclined = (output: unknown) =>
  typeof output === 'object' && output !== null && 'outcome' in output && output.outcome === 'declined';
