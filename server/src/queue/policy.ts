/** What bounds the queue. Times are ms. */
export interface QueuePolicy {
  /** How long a lease lasts after its last renewal. */
  leaseMs: number;
  /** How long after that a session that has started is out of reach, before it counts as lost. */
  lostGraceMs: number;
  /** How often a runner with sessions is asked to send a heartbeat. */
  heartbeatMs: number;
  /** How long after it was last heard from a runner counts as online. */
  onlineMs: number;
  /** Slow look at the database besides wake-ups, for when one was lost. */
  pollMs: number;
  /** Retention deletes old runs here: each list asks where the first one is that it left. */
  forgetsRuns?: boolean;
}

export const defaultPolicy: QueuePolicy = {
  leaseMs: 45_000,
  lostGraceMs: 15 * 60_000,
  heartbeatMs: 10_000,
  onlineMs: 45_000,
  pollMs: 10_000,
};
