import type pg from 'pg';

/**
 * For a new connection: a prepared statement is planned once, not at each execution. Left alone, PostgreSQL goes on
 * planning those that take arrays, since it thinks better of a plan for the arrays at hand, and planning a claim
 * costs three times what carrying it out does. Compiling plans to machine code never pays for statements this short.
 */
export async function planOnce(client: pg.ClientBase): Promise<void> {
  await client.query(
    `SELECT set_config('plan_cache_mode', 'force_generic_plan', false), set_config('jit', 'off', false)`,
  );
}
