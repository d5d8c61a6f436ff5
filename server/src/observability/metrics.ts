import type { Writable } from 'node:stream';
import type { FailureCode } from '@agentfleet/contract';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Database, Statement } from '../db/database.js';
import { runIdsFrom } from '../db/ids.js';
import { type Trouble, troubles } from '../db/trouble.js';
import { storeBacklog } from '../eventlog/moved/sql.js';
import { partitionsAhead } from '../eventlog/partitions/keep-partitions.js';
import { defaultPolicy } from '../queue/policy.js';
import { isOnline } from '../queue/sql/is-online.js';
import { together } from '../together.js';
import { backlogKinds, type Retention, readBacklog } from './backlog.js';

/** $1 for how long a runner's word counts, ms. */
const fleet: Statement = {
  name: 'metrics-of-fleet',
  text: `
SELECT
  (SELECT count(*) FROM runs WHERE status = 'QUEUED') AS depth,
  (SELECT COALESCE(extract(epoch FROM now() - min(created_at)), 0)::float8 FROM runs WHERE status = 'QUEUED') AS age,
  active.all AS active, active.lost, active.asking,
  r.online, r.draining, r.paused, r.offline
FROM (
  SELECT count(*) FILTER (WHERE here AND paused_at IS NULL AND NOT draining) AS online,
    count(*) FILTER (WHERE here AND paused_at IS NULL AND draining) AS draining,
    count(*) FILTER (WHERE here AND paused_at IS NOT NULL) AS paused,
    count(*) FILTER (WHERE NOT here) AS offline
  FROM (
    SELECT paused_at, draining, ${isOnline('known', '$1')} AS here
    FROM runners known WHERE deleted_at IS NULL
  ) r
) r, (
  SELECT count(*) AS all, count(lost_at) AS lost,
    coalesce(sum(approvals_waiting) FILTER (WHERE status = 'RUNNING'), 0)::float8 AS asking
  FROM runs WHERE status IN ('CLAIMED', 'RUNNING')
) active`,
};

type Fleet = Record<
  'depth' | 'age' | 'active' | 'lost' | 'asking' | 'online' | 'draining' | 'paused' | 'offline',
  number
>;

const chores = [
  'sweep',
  'housekeeping',
  'usage',
  'prune events',
  'prune texts',
  'prune runs',
  'prune audit',
  'move logs',
] as const;
type Chore = (typeof chores)[number];

/** What `GET /metrics` tells Prometheus. Names follow its conventions: base units, `_total` for counters. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests: Histogram<'method' | 'route' | 'status'>;
  readonly #waits: Histogram;
  /** Events appended through this server. */
  readonly events: Counter;
  readonly #streams = new Set<Pick<Writable, 'writableLength'>>();
  /** Runs that the sweep of this server changed. */
  readonly swept: Counter;
  readonly #ended: Counter<'status' | 'failure'>;
  readonly #answers: Histogram<'decision'>;
  /** What the database could not do, through this server. */
  readonly troubles: Counter<'kind'>;
  /** Requests that got no connection to the database in time. */
  readonly connectionTimeouts: Counter;
  readonly #chores: Histogram<'name'>;
  /** Logs that this server took up to move into the log store. */
  readonly logs: Counter<'outcome'>;

  /**
   * @param of.version of this server; `migration`: its newest
   * @param of.retention how long what is kept; `archiveMs`: how long after the end of a run its log is moved; undefined: never
   */
  constructor(
    database: Database,
    of: {
      version: string;
      migration: string;
      schema: { isNewer: boolean };
      retention: Retention & { archiveMs?: number | undefined };
    },
  ) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#requests = new Histogram({
      name: 'agentfleet_request_seconds',
      help: 'Requests by route: claim, append and the rest. A claim includes the time it waits for work.',
      labelNames: ['method', 'route', 'status'],
      buckets: [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.35, 0.5, 0.75, 1, 1.5, 2, 2.5, 3.5, 5, 10, 30,
      ],
      registers,
    });
    this.#waits = new Histogram({
      name: 'agentfleet_queue_wait_seconds',
      help: 'From the POST of a run to its claim',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3.5, 5, 10, 30, 60, 300, 1_800, 3_600],
      registers,
    });
    this.events = new Counter({ name: 'agentfleet_events_total', help: 'Events appended', registers });
    const streams = this.#streams;
    new Gauge({
      name: 'agentfleet_viewers',
      help: 'Open event streams',
      registers,
      collect() {
        this.set(streams.size);
      },
    });
    new Gauge({
      name: 'agentfleet_viewer_buffer_bytes',
      help: 'What viewers have not taken yet, over all open event streams: a slow one holds one batch at most',
      registers,
      collect() {
        this.set([...streams].reduce((sum, { writableLength }) => sum + writableLength, 0));
      },
    });
    this.swept = new Counter({
      name: 'agentfleet_swept_runs_total',
      help: 'Runs changed by the sweep',
      registers,
    });
    this.#ended = new Counter({
      name: 'agentfleet_ended_runs_total',
      help: 'Sessions that runners ended',
      labelNames: ['status', 'failure'],
      registers,
    });
    for (const status of ['SUCCEEDED', 'FAILED', 'CANCELLED']) this.#ended.inc({ status, failure: '' }, 0);
    this.#answers = new Histogram({
      name: 'agentfleet_approval_answer_seconds',
      help: 'From when a session asked to when a person answered',
      labelNames: ['decision'],
      buckets: [1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400],
      registers,
    });
    for (const decision of ['allowed', 'denied']) this.#answers.zero({ decision });
    this.troubles = new Counter({
      name: 'agentfleet_database_troubles_total',
      help: 'What the database could not do, though nothing was wrong with it',
      labelNames: ['kind'],
      registers,
    });
    this.connectionTimeouts = new Counter({
      name: 'agentfleet_database_connection_timeouts_total',
      help: 'Requests that got no connection to the database in time',
      registers,
    });
    // What never happened is zero, not unknown: an alert on its rise would miss the first.
    for (const kind of Object.keys(troubles) as Trouble[]) this.troubles.inc({ kind }, 0);
    this.#chores = new Histogram({
      name: 'agentfleet_chore_seconds',
      help: 'How long the sweep and the housekeeping took, and what is pruned in that',
      labelNames: ['name'],
      buckets: [0.005, 0.025, 0.1, 0.5, 2.5, 10, 60, 600],
      registers,
    });
    for (const name of chores) this.#chores.zero({ name });
    this.logs = new Counter({
      name: 'agentfleet_moved_logs_total',
      help: 'Logs that were to be moved into the log store: moved, failed, or kept where they were',
      labelNames: ['outcome'],
      registers,
    });
    for (const outcome of ['moved', 'kept', 'failed']) this.logs.inc({ outcome }, 0);
    const always = (name: string, help: string, labels: Record<string, string>) =>
      new Gauge({ name, help, labelNames: Object.keys(labels), registers }).set(labels, 1);
    always('agentfleet_build_info', 'Always 1', { version: of.version });
    always('agentfleet_schema_info', 'Always 1', { migration: of.migration });
    new Gauge({
      name: 'agentfleet_schema_is_newer',
      help: '1 when a newer server has migrated the database under this one',
      registers,
      collect() {
        this.set(of.schema.isNewer ? 1 : 0);
      },
    });
    new Gauge({
      name: 'agentfleet_servers_heard',
      help: 'Other servers on the same database that were heard of lately',
      registers,
      collect() {
        this.set(database.wakeups.peers);
      },
    });
    new Gauge({
      name: 'agentfleet_database_connections',
      help: 'Connections to the database: in use, idle; and requests that wait for one',
      labelNames: ['state'],
      registers,
      collect() {
        const { open, idle, waiting } = database.connections();
        this.set({ state: 'in use' }, open - idle);
        this.set({ state: 'idle' }, idle);
        this.set({ state: 'waiting' }, waiting);
      },
    });
    new Gauge({
      name: 'agentfleet_hears_servers',
      help: '1 while this server hears what the others on its database say, 0 while it only looks now and then',
      registers,
      collect() {
        this.set(database.wakeups.hears ? 1 : 0);
      },
    });
    new Gauge({
      name: 'agentfleet_housekeeping_backlog',
      help: 'What is due to be deleted and still there, counted up to 10,000',
      labelNames: ['kind'],
      registers,
      async collect() {
        const backlog = await readBacklog(database, of.retention).catch(() => undefined);
        for (const kind of backlogKinds) this.set({ kind }, backlog?.[kind] ?? Number.NaN);
      },
    });
    const { archiveMs } = of.retention;
    new Gauge({
      name: 'agentfleet_log_store_backlog',
      help: 'What is still to be done with the log store, counted up to 500: logs to move, objects to delete',
      labelNames: ['what'],
      registers,
      async collect() {
        // Where none are moved none wait for it.
        const asked = archiveMs === undefined ? ['', 0] : [runIdsFrom(database.now() - archiveMs), archiveMs];
        const rows = database.operate<{ due: number; doomed: number }>(storeBacklog, asked);
        const [row] = await rows.catch(() => []);
        this.set({ what: 'move' }, row?.due ?? Number.NaN);
        this.set({ what: 'delete' }, row?.doomed ?? Number.NaN);
      },
    });
    new Gauge({
      name: 'agentfleet_event_partitions_ahead_seconds',
      help: 'For how long partitions of the events are made ahead, 0 when those of new runs go to the one of the rest',
      registers,
      async collect() {
        const { operate: query, now } = database;
        const ms = await partitionsAhead({ query, now }).catch(() => Number.NaN);
        this.set(ms / 1_000);
      },
    });
    const read = together<void, Fleet | undefined>({ most: 100 }, async (asked) => {
      const [row] = await database.operate<Fleet>(fleet, [defaultPolicy.onlineMs]);
      return asked.map(() => row);
    });
    const gauge = (name: string, help: string, pick: (fleet: Fleet) => number) =>
      new Gauge({
        name,
        help,
        registers,
        async collect() {
          const row = await read().catch(() => undefined);
          // What is not known is no number; the rest is told while the database is away, when it is asked for most.
          this.set(row ? pick(row) : Number.NaN);
        },
      });
    gauge('agentfleet_queue_depth', 'Queued runs', ({ depth }) => depth);
    gauge('agentfleet_queue_oldest_age_seconds', 'Age of the oldest queued run', ({ age }) => age);
    gauge('agentfleet_active_runs', 'Runs claimed or running', ({ active }) => active);
    gauge(
      'agentfleet_out_of_reach_runs',
      'Those of the active runs whose runner is not heard of',
      ({ lost }) => lost,
    );
    gauge('agentfleet_waiting_approvals', 'Approvals that sessions wait for', ({ asking }) => asking);
    new Gauge({
      name: 'agentfleet_runners',
      help: 'Runners by state',
      labelNames: ['state'],
      registers,
      async collect() {
        this.reset();
        const row = await read().catch(() => undefined);
        if (!row) return;
        for (const state of ['online', 'draining', 'paused', 'offline'] as const)
          this.set({ state }, row[state]);
      },
    });
  }

  request(method: string, route: string, status: number, ms: number): void {
    this.#requests.observe({ method, route, status: String(status) }, ms / 1_000);
  }

  /** An event stream is open, until the function that comes back is called. */
  streaming(stream: Pick<Writable, 'writableLength'>): () => void {
    this.#streams.add(stream);
    return () => this.#streams.delete(stream);
  }

  /** A run was claimed so many ms after it was posted. */
  claimed(waitedMs: number): void {
    this.#waits.observe(waitedMs / 1_000);
  }

  /** A runner ended a session. @param failure its code, one of the contract's */
  ended(status: string, failure: FailureCode | undefined): void {
    this.#ended.inc({ status, failure: failure ?? '' });
  }

  /** A person answered an approval so many ms after it was asked for. */
  answered(decision: 'allowed' | 'denied', ms: number): void {
    this.#answers.observe({ decision }, ms / 1_000);
  }

  /** Does it, and notes how long that took. */
  timed<Result>(chore: Chore, work: () => Promise<Result>): Promise<Result> {
    const note = this.#chores.startTimer({ name: chore });
    return work().finally(note);
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
