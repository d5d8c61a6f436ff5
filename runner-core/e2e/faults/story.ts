import type { Evidence } from './invariants.js';

/** Everything that is known of one run, in the order in which it happened: what to read when a rule was broken. */
export function storyOf(runId: string, { truth, lives }: Evidence): string[] {
  const run = truth.runs.find(({ id }) => id === runId);
  if (!run) return [];
  const happened: { at: number; what: string }[] = truth.steps
    .filter(({ run_id }) => run_id === runId)
    .map(({ at, before, after }) => ({ at, what: `the database: ${before} → ${after}` }));
  for (const [index, { runner, notes, diedAt }] of lives.entries()) {
    const who = `runner ${runner}, process ${index}`;
    const own = notes.filter((note) => 'runId' in note && note.runId === runId);
    let events = 0;
    for (const { at, ...note } of own) {
      if (note.type === 'event') events += 1;
      else happened.push({ at, what: `${who}: ${JSON.stringify(note)}` });
    }
    if (events > 0) happened.push({ at: own[0]?.at ?? 0, what: `${who}: wrote ${events} events` });
    if (own.length > 0 && diedAt !== Number.POSITIVE_INFINITY)
      happened.push({ at: diedAt, what: `${who} was dead` });
  }
  const began = Math.min(...happened.map(({ at }) => at));
  const attempts = truth.attempts.filter(({ run_id }) => run_id === runId);
  return [
    JSON.stringify(run),
    ...attempts.map((attempt) => JSON.stringify(attempt)),
    ...happened
      .sort((one, other) => one.at - other.at)
      .map(({ at, what }) => `${(at - began).toFixed(0).padStart(6)} ms  ${what}`),
  ];
}
