/**
 * Whether the attempt that a run is at, or was at last, is a runner's. One that was given up may have left its run without a
 * runner, and knows its own. Parameters: SQL of the run and of the runner's id.
 */
export const attemptIsOf = (run: string, runner: string) => `${runner} = COALESCE(${run}.runner_id,
    (SELECT a.runner_id FROM attempts a WHERE a.run_id = ${run}.id AND a.number = ${run}.attempt))`;

/** The same, where null is for a caller who may speak for any runner. */
export const attemptMayBeOf = (run: string, runner: string) =>
  `(${runner} IS NULL OR ${attemptIsOf(run, runner)})`;
