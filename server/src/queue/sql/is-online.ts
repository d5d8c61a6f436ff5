/**
 * Whether a runner counts as online: it was heard from lately, and has not said that it ends.
 * @param runner how the statement calls its row of `runners` @param ms for how long a word of it counts, as SQL
 */
export const isOnline = (runner: string, ms: string) =>
  `(${runner}.left_at IS NULL AND ${runner}.last_seen_at > now() - ${ms} * interval '1 ms')`;
