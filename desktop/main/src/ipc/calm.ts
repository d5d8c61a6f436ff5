import type { CommandName } from '@agentfleet/bridge';

/**
 * How a command is kept from too much: `outside` shows something outside of the page (a question, a dialog of the system, another
 * program); `asks` asks a person now and then, and has when it comes back declined; `gathered` costs this computer something
 * (programs are started, the disk and the network asked): whoever asks meanwhile gets what the next one finds. `free` is as
 * cheap as the asking.
 */
type Manner = 'outside' | 'asks' | 'gathered' | 'free';

/** Of each command, so that none is forgotten. */
const manners: Record<CommandName, Manner> = {
  state: 'free',
  applySettings: 'asks',
  moveNow: 'free',
  stay: 'free',
  stopSession: 'outside',
  signIn: 'outside',
  showSignIn: 'outside',
  cancelSignIn: 'free',
  readSettings: 'gathered',
  setSettingsAside: 'outside',
  lookAgain: 'gathered',
  pasteKey: 'outside',
  keepKey: 'asks',
  forgetKey: 'outside',
  forgetServer: 'outside',
  pickFolder: 'outside',
  pickClaude: 'outside',
  readEnvironment: 'gathered',
  examine: 'gathered',
  pause: 'free',
  resume: 'free',
  showLog: 'outside',
  saveDiagnostics: 'outside',
  saveFile: 'outside',
  copyDiagnostics: 'gathered',
  showAbout: 'outside',
  openPlace: 'outside',
  dropPlace: 'free',
  runClaude: 'outside',
  quit: 'free',
  keepRunning: 'free',
  checkForUpdates: 'gathered',
  installUpdate: 'free',
  viewing: 'free',
  // The relay keeps the measure of these.
  request: 'free',
  openStream: 'free',
  closeStream: 'free',
};

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
  readonly #gathered = new Map<CommandName, Gathered>();

  /** @param now ms, of a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Does it. Rejects with a sentence where it is too much. */
  async keep<Output>(name: CommandName, work: () => Output | Promise<Output>): Promise<Output> {
    const manner = manners[name];
    if (manner === 'free') return work();
    if (manner === 'gathered') return this.#gather(name, work);
    const isShown = manner === 'outside';
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

  /** What is under way may have looked before something changed: whoever comes meanwhile gets what is found after it. */
  #gather<Output>(name: CommandName, work: () => Output | Promise<Output>): Promise<Output> {
    const before = this.#gathered.get(name);
    // A command has one kind of output.
    if (before?.next) return before.next as Promise<Output>;
    const gathered: Gathered = {};
    const begin = async () => {
      this.#gathered.set(name, gathered);
      try {
        return await work();
      } finally {
        if (this.#gathered.get(name) === gathered && !gathered.next) this.#gathered.delete(name);
      }
    };
    if (!before) {
      gathered.now = begin();
      return gathered.now as Promise<Output>;
    }
    before.next = Promise.resolve(before.now)
      .catch(() => undefined)
      .then(() => {
        gathered.now = begin();
        return gathered.now;
      });
    return before.next as Promise<Output>;
  }
}

/** A look that is under way, and the one that follows it. */
interface Gathered {
  now?: Promise<unknown>;
  next?: Promise<unknown>;
}

const isDeclined = (output: unknown) =>
  typeof output === 'object' && output !== null && 'outcome' in output && output.outcome === 'declined';
