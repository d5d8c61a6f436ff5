import * as z from 'zod';
import { Instant, mendedText, Timestamp } from './text.js';

/** Why a run ended FAILED, for programs. `failure.message` says the same in a sentence. */
export const failureCodes = {
  directory_not_allowed: 'The directory is outside the runner’s allowlist',
  directory_not_found: 'The directory does not exist on the runner',
  permission_mode_not_allowed: 'The runner does not allow this permission mode',
  agent_not_found: 'The Claude Code executable was not found',
  agent_outdated: 'Claude Code is older than the version AgentFleet accepts',
  agent_not_logged_in: 'Claude Code has no valid login on the runner',
  usage_limit:
    'The Claude account reached a usage or rate limit; `resetsAt` says when it ends, where that is known',
  session_not_found:
    'The session to resume does not exist on the runner: POST /runs/:id/followup with `fresh` begins another',
  prompt_blocked: 'A hook on the runner refused the prompt',
  unknown_command: 'The prompt is a slash command that Claude Code does not know or does not offer here',
  agent_error: 'Claude Code ended the session with an error',
  agent_crashed: 'Claude Code exited without a result',
  max_turns_reached: 'The session reached its limit of turns',
  budget_exceeded: 'The session reached its cost limit',
  timed_out: 'The session reached its time limit',
  stalled: 'The session gave no output for too long',
  runner_lost: 'The runner stopped answering while the session ran',
  outbox_failed: 'The runner could not write the session’s events to its disk',
  queue_expired: 'No runner took the run within its time to live',
  no_session_to_resume: 'The parent ended without a Claude session that could be resumed',
  internal: 'A fault of AgentFleet itself',
} as const satisfies Record<string, string>;

export type FailureCode = keyof typeof failureCodes;
export const FailureCode = z.enum(Object.keys(failureCodes) as [FailureCode, ...FailureCode[]]);

const resetsAt = 'With usage_limit alone: when the limit ends; null where Claude Code did not say';

/** A failure as a runner tells it: an end is not refused for a word of it. */
export const ToldFailure = z
  .strictObject({
    code: FailureCode,
    message: mendedText(4_000),
    resetsAt: Instant.nullable().optional().meta({ description: resetsAt }),
  })
  .meta({ id: 'ToldFailure', description: 'Why the run failed, as its runner tells it' });

export const Failure = ToldFailure.extend({
  resetsAt: Timestamp.nullable().optional().meta({ description: resetsAt }),
}).meta({ id: 'Failure', description: 'Why the run failed' });
export type Failure = z.infer<typeof Failure>;
