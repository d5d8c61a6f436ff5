import {
  type Counter,
  counterOf,
  type Figures,
  FiguresOfProcess,
  type JsonObject,
} from '@agentfleet/contract';
import { isObject, object, string } from './json.js';
import { isOlder } from './probe.js';

/** The first version whose counter goes on where the session's stood, and the first that tells its own share too. */
const countsSession = '2.1.277';
const tellsShare = '2.1.309';

const requestId = 'figures_before';

/**
 * Turns, cost and tokens of one process of the CLI. Between the versions 2.1.277 and 2.1.308 what a resumed session says
 * contains all that it used before, and nothing in its output tells how much that was: it is asked, before the prompt.
 */
export class SessionFigures {
  /** To be sent before the prompt; null where the CLI need not be asked. */
  readonly question: JsonObject | null;
  readonly #resumed: string | null;
  #version: string | null;
  #before: Counter | null = null;
  #answer: JsonObject | null = null;
  #process: FiguresOfProcess | null = null;
  #isUnknown = false;

  /** @param version of the CLI, as its probe found it */
  constructor(resumeSessionId: string | null, version: string | null) {
    this.#resumed = resumeSessionId;
    this.#version = version;
    this.question = this.#hidesShare
      ? {
          type: 'control_request',
          request_id: requestId,
          // Without its look at all transcripts of the last week.
          request: { subtype: 'get_usage', skip_behaviors: true },
        }
      : null;
  }

  /**
   * Takes notice of a message; call it with each one of stdout, in order. Gives it back as the log keeps it: a `result`
   * that cannot be understood without it has `session_before`, the session's counter when the process began.
   */
  read(message: JsonObject): JsonObject {
    if (message.type === 'control_response') this.#readAnswer(object(message.response));
    if (message.type === 'system' && message.subtype === 'init') {
      this.#version = string(message.claude_code_version) ?? this.#version;
    }
    if (message.type !== 'result') return message;
    this.#process ??= new FiguresOfProcess(this.#before, this.#resumed ?? undefined);
    this.#process.add(message);
    if (isObject(message.model_usage_since_last_result)) return message;
    if (this.#answer) return { ...message, session_before: this.#answer };
    // Better no figure than a wrong one.
    this.#isUnknown ||= this.#hidesShare;
    return message;
  }

  get figures(): Figures {
    const figures = this.#process?.figures ?? { numTurns: null, costUsd: null, usage: null };
    return this.#isUnknown ? { ...figures, costUsd: null, usage: null } : figures;
  }

  #readAnswer(answer: JsonObject): void {
    const session = object(object(answer.response).session);
    if (answer.request_id !== requestId || this.#process || !isObject(session.model_usage)) return;
    const { total_cost_usd = 0, model_usage } = session;
    this.#answer = { total_cost_usd, modelUsage: model_usage };
    this.#before = counterOf(total_cost_usd, model_usage);
  }

  get #hidesShare(): boolean {
    const version = this.#version;
    return (
      this.#resumed !== null &&
      version !== null &&
      !isOlder(version, countsSession) &&
      isOlder(version, tellsShare)
    );
  }
}
