import type { Changes } from '@agentfleet/contract';
import type { QueryClient } from '@tanstack/react-query';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { liveKinds, slowLookMs } from '../base/queries.js';
import { useTransport } from '../base/transport-context.js';
import { forgetUnseen, isList, lookAtRuns, refreshRuns, shownOf } from '../sessions/refresh-runs.js';
import type { Transport } from '../transport/transport.js';

/** Least time between two looks at what has changed, ms, and at that of which only the log has grown. */
const paceMs = 1_000;
const logsPaceMs = 4_000;

/** Reads what is on the screen again as the server tells of changes, for as long as the component is there. */
export function useLive(): void {
  const transport = useTransport();
  const queries = useQueryClient();
  // Before anything on the screen is asked for.
  const [since] = useState(() => performance.now());
  useEffect(() => {
    const live = new Live(queries, transport);
    const stop = transport.followChanges(since, live);
    return () => {
      stop();
      live.stop();
    };
  }, [transport, queries, since]);
}

/** Gathers changes and has what shows them read again, not more often than anybody can look. */
class Live {
  readonly #queries: QueryClient;
  readonly #transport: Transport;
  readonly #runs = new Set<string>();
  readonly #logs = new Set<string>();
  readonly #kinds = new Set<(typeof liveKinds)[number]>();
  #all = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #logsTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #slowly: ReturnType<typeof setInterval>;
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor(queries: QueryClient, transport: Transport) {
    this.#queries = queries;
    this.#transport = transport;
    this.#slowly = setInterval(
      () => document.hidden || this.#read(lookAtRuns(queries, transport)),
      slowLookMs,
    );
    document.addEventListener('visibilitychange', this.#seen);
  }

  readonly changed = ({ runs = [], logs = [], approvals, runners }: Changes): void => {
    for (const id of runs) this.#runs.add(id);
    for (const id of logs) this.#logs.add(id);
    if (runs.length > 0) this.#kinds.add('queue').add('thread').add('runner');
    if (approvals) this.#kinds.add('approvals');
    if (runners) this.#kinds.add('runners').add('runner');
    if (runs.length > 0 || approvals || runners) this.#soon();
    if (logs.length > 0) this.#logsTimer ??= setTimeout(this.#readLogs, logsPaceMs);
  };

  readonly everything = (): void => {
    this.#all = true;
    this.#soon();
  };

  stop(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#logsTimer);
    clearInterval(this.#slowly);
    document.removeEventListener('visibilitychange', this.#seen);
  }

  #soon(): void {
    const wait = Math.max(0, this.#lastAt + paceMs - performance.now());
    this.#timer ??= setTimeout(this.#readAgain, wait);
  }

  readonly #seen = (): void => {
    if (!document.hidden) this.#soon();
  };

  readonly #readAgain = (): void => {
    this.#timer = undefined;
    this.#lastAt = performance.now();
    if (document.hidden) this.#readTab();
    else if (this.#all) this.#readAll();
    else this.#readChanged();
  };

  #readChanged(): void {
    const runs = [...this.#runs];
    const kinds = [...this.#kinds];
    this.#forget();
    this.#read(
      ...kinds.map((kind) => this.#queries.invalidateQueries({ queryKey: [kind] })),
      ...runs.map((id) => this.#queries.invalidateQueries({ queryKey: ['run', id] })),
    );
    if (runs.length > 0) this.#read(this.#readOtherRuns(), refreshRuns(this.#queries, this.#transport, runs));
  }

  /** What is behind others shows its figures in its tab alone. The rest is read when somebody sees it. */
  #readTab(): void {
    if (!this.#all && !this.#kinds.has('queue') && !this.#kinds.has('approvals')) return;
    this.#read(
      this.#queries.invalidateQueries({ queryKey: ['queue'] }),
      this.#queries.invalidateQueries({ queryKey: ['approvals', 'waiting'] }),
    );
  }

  #readAll(): void {
    this.#forget();
    this.#read(
      ...liveKinds
        .filter((kind) => kind !== 'runs')
        .map((kind) => this.#queries.invalidateQueries({ queryKey: [kind] })),
      this.#readOtherRuns(),
      lookAtRuns(this.#queries, this.#transport),
    );
  }

  readonly #readLogs = (): void => {
    this.#logsTimer = undefined;
    if (document.hidden) return;
    const ids = [...this.#logs];
    this.#logs.clear();
    const shown = shownOf(this.#queries, ids);
    this.#read(forgetUnseen(this.#queries), this.#readOtherRuns());
    this.#read(...ids.map((id) => this.#queries.invalidateQueries({ queryKey: ['run', id] })));
    if (shown.length > 0) this.#read(refreshRuns(this.#queries, this.#transport, shown));
  };

  #readOtherRuns(): Promise<void> {
    return this.#queries.invalidateQueries({ queryKey: ['runs'], predicate: (query) => !isList(query) });
  }

  #forget(): void {
    this.#all = false;
    this.#runs.clear();
    this.#kinds.clear();
  }

  /** What cannot be read now is read at the next look, or says so on its screen. */
  #read(...reading: Promise<unknown>[]): void {
    for (const one of reading) one.catch(() => undefined);
  }
}
