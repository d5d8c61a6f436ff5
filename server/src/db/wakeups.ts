/**
 * What somebody may wait for: runs that became claimable in an org, commands for a runner, the end of a session in an org
 * or at a runner, news of a run (an event, or another status), keys that are valid no more.
 */
export type Topic = `queue:${string}` | `runner:${string}` | `ended:${string}` | `run:${string}` | 'keys';

/**
 * Wakes those who wait, in this process at once and in every other server process soon after. A wake-up says
 * only that there may be something new, carries no data and may be lost when a connection drops: waiters look
 * at the database when woken, and poll slowly besides.
 */
export interface Wakeups {
  /** Whether what other server processes say arrives here. */
  readonly hears: boolean;
  /** How many other server processes have been heard of lately. */
  readonly peers: number;
  /** Call it after the change is committed. */
  wake(topic: Topic): void;
  /** @returns a function that stops listening */
  listen(topic: Topic, listener: () => void): () => void;
  /**
   * Says to the other server processes what is worth nothing a moment later: nobody keeps it, it may be lost, and
   * who says it does not hear it. For what must arrive there are wake-ups.
   * @param words at most 7,500 bytes of UTF-8
   */
  say(words: string): void;
  /** Hears what the others say. @returns a function that stops listening */
  hear(listener: (words: string) => void): () => void;
  /**
   * Tells the other server processes something that is kept while the connection is down, as wake-ups are; who tells it
   * does not hear it.
   * @param news at most 5,000 bytes of ASCII, without a space
   */
  tell(news: string): void;
  /** Hears what the others tell; undefined: it is not known what was missed. @returns a function that stops listening */
  onTold(listener: (news: string | undefined) => void): () => void;
}
