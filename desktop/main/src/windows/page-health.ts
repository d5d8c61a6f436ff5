/** Pages that are ended and loaded anew more often than this within a minute wait before the next time. */
const mostRenewals = 3;
const minuteMs = 60_000;
/** How long such a page waits, ms. */
const waitMs = 30_000;
/** How often a page is looked at, and how long it may take to answer: by itself, and when a person wants to see it, ms. */
const lookMs = 15_000;
const patienceMs = 15_000;
const openPatienceMs = 5_000;
/** How soon an empty page is looked at again, ms. */
const againMs = 500;
/** A page that is busy may miss one look. */
const mostMissed = 2;

export type PageFault = 'crashed' | 'hung' | 'blank';

export interface HealthOptions {
  /** Whether the page shows anything; it does not resolve while the page hangs. */
  look(): Promise<boolean>;
  /** Whether there is something to look at: a page that still loads has time. */
  isLoaded(): boolean;
  /** Ends the page's process; `gone` is called then. */
  end(): void;
  reload(): void;
  /** It is loaded anew. */
  renewed(fault: PageFault): void;
}

/** Keeps a window from staying white: what crashed, hangs or went blank is loaded anew, by itself or when it is opened. */
export class PageHealth {
  readonly #options: HealthOptions;
  readonly #looking: NodeJS.Timeout;
  #renewals: number[] = [];
  #missed = 0;
  /** What a look that is under way is for. */
  #look: { isOpened: boolean } | undefined;
  /** Why its process is being ended. */
  #fault: PageFault = 'crashed';
  /** It has crashed too often to be loaded at once. */
  #waiting: NodeJS.Timeout | undefined;

  constructor(options: HealthOptions) {
    this.#options = options;
    this.#looking = setInterval(() => void this.#lookBy(patienceMs, mostMissed, false), lookMs);
    this.#looking.unref();
  }

  /** Its process is gone. */
  gone(): void {
    const now = performance.now();
    this.#renewals = [...this.#renewals.filter((at) => now - at < minuteMs), now];
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    if (this.#renewals.length <= mostRenewals) {
      this.#renew();
      return;
    }
    this.#waiting = setTimeout(() => this.#renew(), waitMs);
    this.#waiting.unref();
  }

  /** A person wants to see it: now, and not in a while. */
  opened(): void {
    if (this.#waiting) this.#renew();
    else void this.#lookBy(openPatienceMs, 1, true);
  }

  /** The window is gone. */
  close(): void {
    clearInterval(this.#looking);
    clearTimeout(this.#waiting);
  }

  /** A person who wants to see it waits for no look that has more time. */
  async #lookBy(patience: number, most: number, isOpened: boolean): Promise<void> {
    const { look, isLoaded, end } = this.#options;
    if (this.#waiting || !isLoaded()) return;
    if (this.#look && (this.#look.isOpened || !isOpened)) return;
    const mine = { isOpened };
    this.#look = mine;
    const answer = await answerOf(look, patience);
    if (this.#look !== mine) return;
    this.#look = undefined;
    // Meanwhile it may have been closed, or loaded anew.
    if (answer === 'shown' || this.#waiting || !isLoaded()) {
      this.#missed = 0;
      return;
    }
    this.#missed += 1;
    if (this.#missed < most) return;
    this.#fault = answer;
    end();
  }

  #renew(): void {
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    this.#missed = 0;
    const fault = this.#fault;
    this.#fault = 'crashed';
    this.#options.reload();
    this.#options.renewed(fault);
  }
}

/** A page that was just loaded may still be empty for a moment: it is looked at until it is not, or the time is up. */
async function answerOf(look: () => Promise<boolean>, patience: number): Promise<'shown' | 'hung' | 'blank'> {
  let answer: 'hung' | 'blank' = 'hung';
  const until = performance.now() + patience;
  while (performance.now() < until) {
    const isShown = await Promise.race([
      // One that is loaded anew meanwhile cannot say.
      look().catch(() => true),
      delay(until - performance.now()),
    ]);
    if (isShown === true) return 'shown';
    answer = isShown === undefined ? 'hung' : 'blank';
    if (isShown === false) await delay(againMs);
  }
  return answer;
}

function delay(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), ms).unref());
}
