import type { Database } from '@agentfleet/server';

/** Everything that was ever true of a run's status, written by the database itself. */
const install = [
  `CREATE TABLE fault_history (
    n BIGSERIAL PRIMARY KEY, run_id TEXT NOT NULL, before TEXT, after TEXT NOT NULL, attempt INT NOT NULL,
    failure TEXT, becomes TEXT, renewed_at TIMESTAMPTZ, at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp())`,
  `CREATE FUNCTION note_status() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO fault_history (run_id, before, after, attempt, becomes, renewed_at, failure) VALUES (
      NEW.id, CASE WHEN TG_OP = 'UPDATE' THEN OLD.status END, NEW.status, NEW.attempt, NEW.failure_code, NEW.lost_at,
      CASE WHEN TG_OP = 'UPDATE' THEN OLD.failure_code END);
    RETURN NULL; END $$`,
  'CREATE TRIGGER run_made AFTER INSERT ON runs FOR EACH ROW EXECUTE FUNCTION note_status()',
  `CREATE TRIGGER run_moved AFTER UPDATE ON runs FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status OR OLD.failure_code IS DISTINCT FROM NEW.failure_code
      OR (OLD.lost_at IS NULL) <> (NEW.lost_at IS NULL))
    EXECUTE FUNCTION note_status()`,
];

export async function keepHistory(truth: Database): Promise<void> {
  for (const [index, text] of install.entries())
    await truth.query({ name: `fault-install-${index}`, text }, []);
}

export interface Step {
  run_id: string;
  before: string | null;
  after: string;
  /** The failure before it, and after it. */
  failure: string | null;
  becomes: string | null;
  /** When its lease was last renewed, if the run is out of reach after it, ms since 1970, by the database's clock. */
  renewed: number | null;
  /** ms since 1970, by the database's clock. */
  at: number;
}

export interface RunRow {
  id: string;
  status: string;
  input: string;
  parent_run_id: string | null;
  runner_id: string | null;
  cwd: string;
  shared_cwd: boolean;
  max_attempts: number;
  attempt: number;
  attempt_token: string | null;
  agent_session_id: string | null;
  lease_expires_at: Date | null;
  cancel_requested_at: Date | null;
  last_seq: number;
  cost_usd: number | null;
  input_tokens: number | null;
  result: string | null;
  failure_code: string | null;
  approvals_waiting: number;
}

export interface AttemptRow {
  token: string;
  run_id: string;
  number: number;
  outcome: string | null;
  started: boolean;
}

export interface EventRow {
  run_id: string;
  seq: number;
  kind: string;
  message: string;
}

export interface ApprovalRow {
  id: string;
  run_id: string;
  token: string;
  request_id: string;
  state: string;
}

/** What the database holds of the runs that were made after a run. */
export interface Truth {
  runs: RunRow[];
  attempts: AttemptRow[];
  events: EventRow[];
  approvals: ApprovalRow[];
  steps: Step[];
}

/** @param after the newest run that is older than what is asked for */
export async function readTruth(truth: Database, after: string): Promise<Truth> {
  const read = <Row>(name: string, text: string) => truth.query<Row>({ name, text }, [after]);
  return {
    runs: await read<RunRow>(
      'fault-runs',
      `SELECT id, status::text, input, parent_run_id, runner_id, cwd, shared_cwd, max_attempts, attempt, attempt_token,
        agent_session_id, lease_expires_at, cancel_requested_at, last_seq, cost_usd,
        (usage->>'inputTokens')::int AS input_tokens, result, failure_code, approvals_waiting
        FROM runs WHERE id > $1 ORDER BY id`,
    ),
    attempts: await read<AttemptRow>(
      'fault-attempts',
      // The one that a run is at stands in the run.
      `SELECT token, run_id, number, outcome, started_at IS NOT NULL AS started
        FROM attempts a WHERE run_id > $1 AND number < (SELECT attempt FROM runs r WHERE r.id = a.run_id)
        UNION ALL
        SELECT r.attempt_token, r.id, r.attempt, r.attempt_outcome, r.attempts_started > (
          SELECT count(*) FROM attempts a WHERE a.run_id = r.id AND a.number < r.attempt AND a.started_at IS NOT NULL
        ) FROM runs r WHERE r.id > $1 AND r.attempt > 0
        ORDER BY run_id, number`,
    ),
    events: await read<EventRow>(
      'fault-events',
      'SELECT run_id, seq, kind, message FROM events WHERE run_id > $1 ORDER BY run_id, seq',
    ),
    approvals: await read<ApprovalRow>(
      'fault-approvals',
      'SELECT id, run_id, token, request_id, state::text FROM approvals WHERE run_id > $1 ORDER BY id',
    ),
    steps: await read<Step>(
      'fault-steps',
      `SELECT run_id, before, after, failure, becomes, (extract(epoch FROM renewed_at) * 1000)::float8 AS renewed,
        (extract(epoch FROM at) * 1000)::float8 AS at
        FROM fault_history WHERE run_id > $1 ORDER BY n`,
    ),
  };
}

/** The newest run there is; ids sort by age. */
export async function newestRun(truth: Database): Promise<string> {
  const [row] = await truth.query<{ id: string | null }>(
    { name: 'fault-newest', text: 'SELECT max(id) AS id FROM runs' },
    [],
  );
  return row?.id ?? '';
}
