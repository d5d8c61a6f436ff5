import type { Failure, JsonObject } from '@agentfleet/contract';
import type { AgentRequest } from '../agent.js';
import { object, parseLine, string } from './json.js';
import { failure, outcomeFailure } from './outcome.js';
import { resetTime } from './rate-limit.js';

type Asked = Pick<AgentRequest, 'prompt' | 'resumeSessionId'>;

/** What of a turn tells why it failed, beside its `result`. */
interface Turn {
  /** The CLI's own name for what went wrong with the model, e.g. `rate_limit`. */
  error: string | undefined;
  /** A hook held the turn up, and in its words where it has some. */
  heldUp: { reason: string } | undefined;
  /** The command is one that the CLI says it does not have, or not here. */
  lacksCommand: boolean;
}

const noReason = 'it gave no reason.';
const noTurn = (): Turn => ({ error: undefined, heldUp: undefined, lacksCommand: false });

/**
 * Why results stand for failures. A result alone does not say: one whose prompt a hook refused, or that is about a command
 * which does not exist, reads like a success. Only fields that are meant for programs decide; the sentences differ by
 * version and language.
 */
export class Verdicts {
  readonly #asked: Asked;
  readonly #found = new WeakMap<JsonObject, Failure | null>();
  #turn = noTurn();
  #results = 0;
  /** Names of the commands that it offers; null before it said so. */
  #commands: Set<string> | null = null;
  /** When the limit ends that was reached last; null where none was, or it was not said. */
  #resetsAt: string | null = null;

  constructor(asked: Asked) {
    this.#asked = asked;
  }

  /** Takes every message, in order. */
  read(message: JsonObject): void {
    if (message.type === 'system') this.#readSystem(message);
    else if (message.type === 'assistant') this.#readAssistant(message);
    else if (message.type === 'rate_limit_event') this.#readLimit(object(message.rate_limit_info));
    else if (message.type === 'result') {
      this.#found.set(message, this.#judge(message));
      this.#turn = noTurn();
      this.#results += 1;
    }
  }

  /** Why a `result` that was read stands for a failure; null where it does not. */
  of(result: JsonObject): Failure | null {
    return this.#found.get(result) ?? null;
  }

  #readSystem(message: JsonObject): void {
    if (message.subtype === 'init') {
      const names = [message.slash_commands, message.terminal_slash_commands].flat().map(string);
      this.#commands = new Set(names.filter((name) => name !== undefined));
    } else if (message.subtype === 'informational' && message.prevent_continuation === true) {
      const reason = string(object(message.prompt_submit_outcome).reason) || string(message.content);
      this.#turn.heldUp ??= { reason: reason?.trim() || noReason };
    } else if (message.subtype === 'hook_response') this.#turn.heldUp ??= refusalOf(message);
  }

  #readAssistant(message: JsonObject): void {
    if (string(message.parent_tool_use_id)) return;
    this.#turn.error = string(message.error) ?? this.#turn.error;
    this.#readLimit(object(object(message.api_error_params).rate_limit_info));
    const { kind } = object(message.local_command_outcome);
    if (kind === 'unknown' || kind === 'unavailable_headless') this.#turn.lacksCommand = true;
  }

  #readLimit(info: JsonObject): void {
    if (info.status === 'rejected') this.#resetsAt = resetTime(info.resetsAt);
    else if (string(info.status)) this.#resetsAt = null;
  }

  #judge(result: JsonObject): Failure | null {
    const why = outcomeFailure(result);
    if (why?.code === 'agent_error' || why?.code === 'agent_not_logged_in') return this.#named(result, why);
    if (why !== null || !asksNoModel(result)) return why;
    if (this.#turn.heldUp)
      return failure('prompt_blocked', `A hook refused the prompt: ${this.#turn.heldUp.reason}`);
    if (this.#turn.lacksCommand || this.#isUnknownCommand(result)) {
      return failure('unknown_command', string(result.result)?.trim() || 'Claude Code has no such command.');
    }
    return null;
  }

  /** What the CLI calls an error, by what of it programs can know. */
  #named(result: JsonObject, why: Failure): Failure {
    const { error } = this.#turn;
    if (
      result.api_error_status === 429 ||
      result.api_error === 'usage_limit_reached' ||
      error === 'rate_limit'
    )
      return { ...why, code: 'usage_limit', resetsAt: this.#resetsAt };
    if (error === 'authentication_failed') return { ...why, code: 'agent_not_logged_in' };
    if (this.#isSessionMissing(result, why)) return sessionNotFound(why.message);
    return why;
  }

  /** It did not begin, for the session that it was to resume, which it names. */
  #isSessionMissing(result: JsonObject, { message }: Failure): boolean {
    const { resumeSessionId } = this.#asked;
    if (resumeSessionId === null || this.#commands !== null || !asksNoModel(result)) return false;
    return string(result.startup_failure_reason) === undefined && message.includes(resumeSessionId);
  }

  /**
   * Older versions (2.1.197) say it in a sentence alone. What tells is that the prompt is a command which is not offered
   * here, that no model was asked, and that the answer is about the command; one that has another name as well does its
   * work.
   */
  #isUnknownCommand(result: JsonObject): boolean {
    const [, typed, name] = /^\s*(\/(\S+))/.exec(this.#asked.prompt) ?? [];
    if (typed === undefined || name === undefined || this.#results > 0) return false;
    const isOffered = this.#commands?.has(name) ?? true;
    return !isOffered && (string(result.result) ?? '').includes(typed);
  }
}

/**
 * Why a hook refuses the prompt: by its exit code, or by what it prints as JSON. Older versions (2.1.163) tell it by nothing
 * else.
 */
function refusalOf(message: JsonObject): { reason: string } | undefined {
  if (message.hook_event !== 'UserPromptSubmit') return undefined;
  if (message.exit_code === 2) return { reason: string(message.stderr)?.trim() || noReason };
  const printed = parseLine(string(message.stdout) ?? '');
  if (!printed || (printed.decision !== 'block' && printed.continue !== false)) return undefined;
  return { reason: string(printed.reason) || string(printed.stopReason) || noReason };
}

/** A session that was to be resumed and is not there, with what to do about it. */
function sessionNotFound(said: string): Failure {
  const wayOut = 'A fresh follow-up begins a new session with the same prompt.';
  return failure('session_not_found', `${said.slice(0, 1_000)}. ${wayOut}`);
}

/** Whether a turn ended before any model was asked. */
function asksNoModel({ num_turns }: JsonObject): boolean {
  return num_turns === 0;
}
