import { atNothing, type Figures, FiguresOfProcess, hidesShare, type JsonObject } from '@agentfleet/contract';
import { isObject, object, string } from './json.js';

const requestId = 'figures_before';

/**
 * Turns, cost and tokens of one process of the CLI. On some versions what a resumed session says contains all that it used
 * before, and nothing in its output tells how much that was: it is asked, before the prompt.
 */
export class SessionFigures {
  /** To be sent before the prompt; null where the CLI need not be asked. */
  readonly question: JsonObject | null;
  readonly #process: FiguresOfProcess;
  #version: string | null;
  /** What a `result` needs to be understood by itself. */
  #before: JsonObject | null;

  /** @param version of the CLI, as its probe found it */
  constructor(resumeSessionId: string | null, version: string | null) {
    const isNew = resumeSessionId === null;
    this.#version = version;
    this.#before = isNew ? { total_cost_usd: 0, modelUsage: {} } : null;
    this.#process = new FiguresOfProcess(
      version ?? undefined,
      isNew ? atNothing : undefined,
      resumeSessionId ?? undefined,
    );
    const asks = !isNew && version !== null && hidesShare(version);
    // Without its look at all transcripts of the last week.
    const request = { subtype: 'get_usage', skip_behaviors: true };
    this.question = asks ? { type: 'control_request', request_id: requestId, request } : null;
  }

  /**
   * Takes notice of a message; call it with each one of stdout, in order. Gives it back as the log keeps it: a `result`
   * that cannot be understood without it has `session_before`, where the counter stood when the process began.
   */
  read(message: JsonObject): JsonObject {
    if (message.type === 'control_response') this.#readAnswer(object(message.response));
    if (message.type === 'system') this.#version = string(message.claude_code_version) ?? this.#version;
    const known = this.#explained(message);
    this.#process.read(known);
    return known;
  }

  get figures(): Figures {
    return this.#process.figures;
  }

  #explained(message: JsonObject): JsonObject {
    if (message.type !== 'result' || isObject(message.model_usage_since_last_result)) return message;
    const hides = this.#version !== null && hidesShare(this.#version);
    return hides && this.#before ? { ...message, session_before: this.#before } : message;
  }

  #readAnswer(answer: JsonObject): void {
    const session = object(object(answer.response).session);
    if (answer.request_id !== requestId || !isObject(session.model_usage)) return;
    this.#before = { total_cost_usd: session.total_cost_usd ?? 0, modelUsage: session.model_usage };
  }
}
