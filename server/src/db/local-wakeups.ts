import type { Topic, Wakeups } from './wakeups.js';

/** Wake-ups within this process: all there is in embedded mode, the near half with PostgreSQL. */
export class LocalWakeups implements Wakeups {
  readonly #listeners = new Map<Topic, Set<() => void>>();
  readonly #hearers = new Set<(news: string | undefined) => void>();

  /** There is no other process. */
  readonly hears = true;
  readonly peers = 0;

  wake(topic: Topic): void {
    for (const listener of [...(this.#listeners.get(topic) ?? [])]) listener();
  }

  /** Wakes everybody, as when it is not known what was missed. */
  wakeAll(): void {
    for (const topic of [...this.#listeners.keys()]) this.wake(topic);
    this.told(undefined);
  }

  /** What another process told; undefined: it is not known what was missed. */
  told(news: string | undefined): void {
    for (const hearer of [...this.#hearers]) hearer(news);
  }

  listen(topic: Topic, listener: () => void): () => void {
    const listeners = this.#listeners.get(topic) ?? new Set();
    listeners.add(listener);
    this.#listeners.set(topic, listeners);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(topic) === listeners) this.#listeners.delete(topic);
    };
  }

  say(): void {}

  hear(): () => void {
    return () => {};
  }

  tell(): void {}

  onTold(listener: (news: string | undefined) => void): () => void {
    this.#hearers.add(listener);
    return () => this.#hearers.delete(listener);
  }
}
