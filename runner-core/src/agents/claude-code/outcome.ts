import type { Failure, FailureCode, JsonObject } from '@agentfleet/contract';
import type { AgentOutcome } from '../agent.js';
import { string } from './json.js';
import { readable, storable } from './text.js';

const maxResult = 1_000_000;
const maxFailure = 4_000;

/** What a session ends with when nothing else is known. */
export const emptyOutcome: Omit<AgentOutcome, 'status' | 'failure'> = {
  agentSessionId: null,
  result: null,
  numTurns: null,
  costUsd: null,
  usage: null,
};

/** The text of the CLI's `result` message. */
export function readResult(message: JsonObject): Pick<AgentOutcome, 'result'> {
  const result = string(message.result);
  return { result: result === undefined ? null : storable(result.slice(0, maxResult)) };
}

/** Why a `result` message stands for a failed session; null where it succeeded. */
export function outcomeFailure(message: JsonObject): Failure | null {
  const subtype = string(message.subtype) ?? '';
  if (message.is_error !== true && !subtype.startsWith('error')) return null;
  const errors = Array.isArray(message.errors) ? message.errors.map(string) : [];
  const said = [string(message.result), errors.join('\n')].map(withoutDiagnostics).find((text) => text) ?? '';
  if (subtype === 'error_max_turns')
    return failure('max_turns_reached', said || 'The limit of turns was reached.');
  if (subtype === 'error_max_budget_usd')
    return failure('budget_exceeded', said || 'The cost limit was reached.');
  if (message.api_error_status === 401 || isLoginTrouble(said)) return failure('agent_not_logged_in', said);
  if (said === '' && isAborted(message)) return failure('agent_error', 'The turn was interrupted.');
  return failure('agent_error', said || `Claude Code ended with ${subtype || 'an error'}.`);
}

/** Whether a turn ended since it was interrupted. */
export function isAborted(result: JsonObject): boolean {
  return string(result.terminal_reason)?.startsWith('aborted') === true;
}

/** The CLI's notes to its own makers are for nobody's eyes. */
function withoutDiagnostics(text = ''): string {
  return text.replace(/\[ede_diagnostic\][^\n]*/g, '').trim();
}

/** A `result` message as people see it. */
export function shownResult(message: JsonObject): JsonObject {
  const { errors, ...rest } = message;
  if (!Array.isArray(errors)) return message;
  const shown = errors.map((error) => (typeof error === 'string' ? withoutDiagnostics(error) : error));
  return shown.join() === errors.join()
    ? message
    : { ...rest, errors: shown.filter((error) => error !== '') };
}

/**
 * Why a session without a `result` message ended, from how its process exited and the end of its stderr.
 * @param unread what was too long to read, as a sentence: it may have been the result; empty where all was read
 */
export function crashFailure(
  code: number | null,
  signal: NodeJS.Signals | null,
  stderr: string,
  unread = '',
): Failure {
  const tail = withoutDiagnostics(readable(stderr)).slice(-3_000);
  if (/cannot be used with root/i.test(tail)) return failure('permission_mode_not_allowed', tail);
  if (isLoginTrouble(tail)) return failure('agent_not_logged_in', tail);
  const how = signal ? `was ended by ${signal}` : `exited with code ${code}`;
  const said = [unread, tail].filter((text) => text !== '').join(' ');
  return failure('agent_crashed', `Claude Code ${how} without a result${said ? `: ${said}` : '.'}`);
}

export function failure(code: FailureCode, message: string): Failure {
  return { code, message: readable(message.slice(0, maxFailure)) };
}

function isLoginTrouble(text: string): boolean {
  return /not logged in|please run \/login|invalid api key|oauth token (?:has )?(?:expired|revoked)|authentication_error/i.test(
    text.slice(0, 2_000),
  );
}
