/** Where a session works. */
export interface Place {
  /** Real path. */
  directory: string;
  /** Whether others may work there at the same time. */
  shared: boolean;
}

interface Waiting {
  holder: string;
  place: Place;
  go: () => void;
}

/**
 * The places of a machine's sessions: no more of them than it takes at once, and one at a time in a directory unless
 * all of them share it. The server sees to that too, by what it knows. Only the machine knows what is executed on it:
 * a session that counts as lost may go on here, and a claim that was answered twice brings more than was asked for.
 */
export class Places {
  #most: number;
  readonly #taken = new Map<string, Place>();
  #waiting: Waiting[] = [];

  /** @param most sessions at once */
  constructor(most: number) {
    this.#most = most;
  }

  /** With fewer than are taken nobody loses a place. */
  set most(most: number) {
    this.#most = most;
    this.#seat();
  }

  /** Resolves when the place is the holder's, first come first served, or when `signal` aborts. */
  take(holder: string, place: Place, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        signal.removeEventListener('abort', go);
        this.#waiting = this.#waiting.filter((one) => one.holder !== holder);
        resolve();
      };
      if (signal.aborted) return resolve();
      signal.addEventListener('abort', go);
      this.#waiting.push({ holder, place, go });
      this.#seat();
    });
  }

  /** Repeating it is harmless. */
  leave(holder: string): void {
    if (this.#taken.delete(holder)) this.#seat();
  }

  #seat(): void {
    const passed: Place[] = [];
    for (const { holder, place, go } of [...this.#waiting]) {
      const others = [...this.#taken.values(), ...passed].filter(
        (other) => other.directory === place.directory,
      );
      const fits = this.#taken.size < this.#most && others.every((other) => other.shared && place.shared);
      if (fits) {
        this.#taken.set(holder, place);
        go();
      } else passed.push(place);
    }
  }
}
