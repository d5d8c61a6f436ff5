import { type Counter, counterOf, type Figures, Meter, noFigures } from './meter.js';
import type { JsonObject, JsonValue } from './text.js';
import { isOlder } from './versions.js';

/** The first version whose counter goes on where the session's stood, and the first that tells its own share too. */
const countsSession = '2.1.277';
const tellsShare = '2.1.309';

export const atNothing: Counter = counterOf(0, {});

/** Whether that Claude Code counts over the session and does not tell what of it is its own. */
export function hidesShare(version: string): boolean {
  return !isOlder(version, countsSession) && isOlder(version, tellsShare);
}

/**
 * What one process of Claude Code used, from its messages as they come or as a log has them: docs/decisions/0017. What cannot
 * be told from what the session used before is unknown: better no figure than a wrong one.
 */
export class FiguresOfProcess {
  #version: string | undefined;
  #before: Counter | undefined;
  #meter: Meter | undefined;
  #isUnknown = false;
  /** `result_index` is a little older than the versions that count over the session, and all of them have it. */
  #hasIndex = false;
  readonly #resumed: string | undefined;

  /**
   * @param version of Claude Code, as far as it is known before it says it
   * @param before where the session's counter stood before, if that is known
   * @param resumed the session's id, if that is known before
   */
  constructor(version?: string, before?: Counter, resumed?: string) {
    this.#version = version;
    this.#before = before;
    this.#resumed = resumed;
  }

  /** Takes the next message; any but `system/init` and `result` is passed over. */
  read(message: JsonObject): void {
    if (message.type === 'system' && message.subtype === 'init') {
      if (typeof message.claude_code_version === 'string') this.#version = message.claude_code_version;
    } else if (message.type === 'result') this.#count(message);
  }

  /** Whether there are figures that cannot be told. */
  get isUnknown(): boolean {
    return this.#isUnknown;
  }

  get figures(): Figures {
    const figures = this.#meter?.figures ?? noFigures;
    return this.#isUnknown ? { ...figures, costUsd: null, usage: null } : figures;
  }

  /**
   * Where the session's counter stands for the next process that resumes it, once this one has ended by itself: a killed
   * one does not write it down. Undefined for a version that never does.
   */
  get counter(): Counter | undefined {
    const writes = this.#version === undefined ? this.#hasIndex : !isOlder(this.#version, countsSession);
    return writes ? this.#meter?.counter : undefined;
  }

  #count(message: JsonObject): void {
    const { session_before, result_index, total_cost_usd, modelUsage } = message;
    if (isObject(session_before)) {
      this.#before ??= counterOf(session_before.total_cost_usd, session_before.modelUsage);
    }
    this.#meter ??= new Meter(this.#before, this.#resumed);
    this.#meter.add(message);
    if (isObject(message.model_usage_since_last_result)) this.#before ??= atNothing;
    this.#hasIndex ||= result_index !== undefined;
    const hides = this.#version === undefined ? this.#hasIndex : hidesShare(this.#version);
    const stands = counterOf(total_cost_usd, modelUsage);
    const isSome = stands.costUsd > 0 || stands.byModel.size > 0;
    if (this.#before === undefined && hides && isSome) this.#isUnknown = true;
  }
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
