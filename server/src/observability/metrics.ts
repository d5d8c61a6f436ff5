import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Database, Statement } from '../db/database.js';

const fleet: Statement = {
  name: 'metrics-of-fleet',
  text: `
SELECT
  (SELECT count(*) FROM runs WHERE status = 'QUEUED') AS depth,
  (SELECT COALESCE(extract(epoch FROM now() - min(created_at)), 0)::float8 FROM runs WHERE status = 'QUEUED') AS age,
  (SELECT count(*) FROM runs WHERE status IN ('CLAIMED', 'RUNNING')) AS active,
  (SELECT count(*) FROM runners WHERE deleted_at IS NULL AND last_seen_at > now() - interval '45 s'
    AND paused_at IS NULL AND NOT draining) AS online,
  (SELECT count(*) FROM runners WHERE deleted_at IS NULL AND last_seen_at > now() - interval '45 s'
    AND paused_at IS NULL AND draining) AS draining,
  (SELECT count(*) FROM runners WHERE deleted_at IS NULL AND last_seen_at > now() - interval '45 s'
    AND paused_at IS NOT NULL) AS paused,
  (SELECT count(*) FROM runners WHERE deleted_at IS NULL AND last_seen_at <= now() - interval '45 s') AS offline`,
};

type Fleet = Record<'depth' | 'age' | 'active' | 'online' | 'draining' | 'paused' | 'offline', number>;

/** What `GET /metrics` tells Prometheus. Names follow its conventions: base units, `_total` for counters. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests: Histogram<'method' | 'route' | 'status'>;
  readonly #waits: Histogram;
  /** Events appended through this server. */
  readonly events: Counter;
  /** Open event streams. */
  readonly viewers: Gauge;
  /** Runs that the sweep of this server changed. */
  readonly swept: Counter;

  constructor(database: Database) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#requests = new Histogram({
      name: 'agentfleet_request_seconds',
      help: 'Requests by route: claim, append and the rest. A claim includes the time it waits for work.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
      registers,
    });
    this.#waits = new Histogram({
      name: 'agentfleet_queue_wait_seconds',
      help: 'From the POST of a run to its claim',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 30, 60, 300, 1_800, 3_600],
      registers,
    });
    this.events = new Counter({ name: 'agentfleet_events_total', help: 'Events appended', registers });
    this.viewers = new Gauge({ name: 'agentfleet_viewers', help: 'Open event streams', registers });
    this.swept = new Counter({
      name: 'agentfleet_swept_runs_total',
      help: 'Runs changed by the sweep',
      registers,
    });
    const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
    const depth = gauge('agentfleet_queue_depth', 'Queued runs');
    const age = gauge('agentfleet_queue_oldest_age_seconds', 'Age of the oldest queued run');
    const active = gauge('agentfleet_active_runs', 'Runs claimed or running');
    new Gauge({
      name: 'agentfleet_runners',
      help: 'Runners by state',
      labelNames: ['state'],
      registers,
      async collect() {
        const [row] = await database.query<Fleet>(fleet, []);
        if (!row) return;
        depth.set(row.depth);
        age.set(row.age);
        active.set(row.active);
        for (const state of ['online', 'draining', 'paused', 'offline'] as const)
          this.set({ state }, row[state]);
      },
    });
  }

  request(method: string, route: string, status: number, ms: number): void {
    this.#requests.observe({ method, route, status: String(status) }, ms / 1_000);
  }

  /** A run was claimed so many ms after it was posted. */
  claimed(waitedMs: number): void {
    this.#waits.observe(waitedMs / 1_000);
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
