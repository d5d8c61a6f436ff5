/**
 * Settings with which a prepared statement is planned once, not at each execution. Left alone, PostgreSQL goes on
 * planning those that take arrays, since it thinks better of a plan for the arrays at hand, and planning a claim
 * costs three times what carrying it out does. Compiling plans to machine code never pays for statements this short.
 *
 * A plan made while a table was empty must serve when it is full, and an empty table invites to walk it: finishing a run
 * took ten times as long before the next ANALYZE came by. So no table is walked that has an index for what is asked, and
 * three habits keep the hot statements on the right one whatever the planner believes:
 * - `LIMIT cardinality($n)` after an `unnest`: it cuts nothing, but a limit that is not known yet is taken for a tenth
 *   of the ten rows that an array is taken for, and nobody walks a table for the sake of one row;
 * - `IS NOT DISTINCT FROM` for what is checked but must not be searched by, such as the org of a row found by its id;
 * - `OFFSET 0` in a subquery that is to be asked once for each row, which else may be turned into a join.
 */
export const planOnce = { plan_cache_mode: 'force_generic_plan', jit: 'off', enable_seqscan: 'off' };

/**
 * For what people ask, where the right way depends on what for: a label that a few runs have is not found as one that most have.
 * Planning costs a fraction of a millisecond, a wrong plan seconds. What reads a page is over before other processes could help.
 */
export const planForValues = {
  plan_cache_mode: 'force_custom_plan',
  jit: 'off',
  enable_seqscan: 'on',
  max_parallel_workers_per_gather: '0',
};
