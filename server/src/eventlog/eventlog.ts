import type { AppendEvents, AppendedEvents, Event, ImageType } from '@agentfleet/contract';

/** The log of each run's events. Scoped to an org like the queue: unknown or foreign runs throw NOT_FOUND. */
export interface EventLog {
  /**
   * Stores each (run, seq) once; repeating is harmless. Images are stored beside the events.
   * Throws STALE_ATTEMPT, EVENT_GAP (details.lastSeq), EVENT_CONFLICT.
   * @param byRunner the runner that a credential speaks for: runs that it never had are NOT_FOUND
   */
  append(
    orgId: string,
    runId: string,
    request: AppendEvents,
    byRunner?: string | null,
  ): Promise<AppendedEvents>;
  /**
   * Events after `after`, oldest first, at most `limit`. With `waitMs` and nothing there yet it waits for the
   * next one, until the run ends or `signal` aborts.
   */
  read(
    orgId: string,
    runId: string,
    page: { after: number; limit: number; waitMs?: number; signal?: AbortSignal },
  ): Promise<Event[]>;
  /** The newest `count` events, oldest first; those with a seq below `before` where it is given. */
  newest(orgId: string, runId: string, count: number, before?: number): Promise<Event[]>;
  /** The calls of some tools by the session itself and their results, oldest first; which page as above. */
  ofTools(
    orgId: string,
    runId: string,
    tools: readonly string[],
    page: { limit: number } & ({ after: number } | { before: number }),
    over?: AbortSignal,
  ): Promise<Event[]>;
  /** Whether a log that was read has events beyond a seq. */
  reaches(runId: string, beyond: { after: number } | { before: number }): Promise<boolean>;
  /** An image that an event came with; throws NOT_FOUND. */
  image(
    orgId: string,
    runId: string,
    seq: number,
    index: number,
  ): Promise<{ type: ImageType; bytes: Uint8Array }>;
  /**
   * Every event after `after`, in batches, as they come; ends after the last event of a run that ended, or when
   * `signal` aborts. The next batch is read only when the consumer asks for it, so a slow one holds no memory.
   * Check that the run exists (queue.get) before the first answer byte: this throws NOT_FOUND on first next().
   */
  follow(orgId: string, runId: string, after: number, signal: AbortSignal): AsyncIterable<readonly Event[]>;
}
