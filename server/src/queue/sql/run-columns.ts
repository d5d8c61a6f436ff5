/**
 * What callers see of a run `r`, but for its texts and figures by model. Named one by one: a newer server may have given the table more
 * columns, and a statement that returns them all fails on a connection which planned it before that.
 */
export const runColumns = `
  r.id, r.status, r.cwd, r.permission_mode, r.model, r.runner_id, r.parent_run_id, r.thread_id, r.fresh,
  r.agent_session_id, r.labels, r.priority, r.shared_cwd, r.max_attempts, r.timeout_sec, r.stall_sec, r.max_turns,
  r.max_budget_usd, r.queue_ttl_sec, r.approval_sec, r.attempt, r.created_at, r.claimed_at, r.started_at, r.finished_at,
  r.cancel_requested_at, r.delete_requested_at, r.parent_deleted_at, r.approvals_waiting, r.stalled_at, r.lost_at,
  r.last_seq, r.events_pruned_at, r.texts_pruned_at, r.num_turns, r.cost_usd, r.failure_code, r.failure_message, r.failure_resets_at`;

/** With those too. */
export const wholeRunColumns = `${runColumns}, r.input, r.result, r.usage`;
