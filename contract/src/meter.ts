import type { Usage } from './runs.js';
import type { JsonObject, JsonValue } from './text.js';

type Tokens = Omit<Usage, 'byModel'>;
type ModelFigures = Usage['byModel'][string];
type ByModel = ReadonlyMap<string, ModelFigures>;

/** What a run says of its turns, cost in USD and tokens; null is what nobody said. */
export interface Figures {
  numTurns: number | null;
  costUsd: number | null;
  usage: Usage | null;
}

export const noFigures: Figures = { numTurns: null, costUsd: null, usage: null };

/** Where Claude Code's counter stands: what it says as `total_cost_usd` and `modelUsage`. */
export interface Counter {
  costUsd: number;
  byModel: ByModel;
}

/**
 * How far Claude Code's counter moved, from the `result` messages of one process in their order. There may be several,
 * and the counter may have begun with the process or with the session, long ago. A message that tells its own
 * share is believed.
 */
export class Meter {
  #counter: Counter;
  #sessionId: string | undefined;
  #numTurns: number | null = null;
  #costUsd: number | null = null;
  readonly #byModel = new Map<string, ModelFigures>();
  /** The messages' own counts, for a CLI that says nothing by model; null where they say none. */
  #plain: Tokens | null = null;

  /**
   * @param before where the counter stood when the process began; null is at nothing
   * @param sessionId the session that was resumed
   */
  constructor(before: Counter | null = null, sessionId?: string) {
    this.#counter = before ?? { costUsd: 0, byModel: new Map() };
    this.#sessionId = sessionId;
  }

  /** Where the counter stands. */
  get counter(): Counter {
    return this.#counter;
  }

  get figures(): Figures {
    const sum = [...this.#byModel.values()].reduce<Tokens | null>(plus, null);
    const tokens = sum ?? this.#plain;
    return {
      numTurns: this.#numTurns,
      costUsd: this.#costUsd,
      usage: tokens && { ...tokens, byModel: Object.fromEntries(this.#byModel) },
    };
  }

  /** Counts the next `result`. */
  add(message: JsonObject): void {
    const { session_id, num_turns, total_cost_usd, modelUsage, usage } = message;
    const sessionId = typeof session_id === 'string' ? session_id : this.#sessionId;
    // A conversation that was cleared may have begun another counter: nothing then is where that one stands.
    const anew = sessionId !== this.#sessionId;
    const stood = this.#counter;
    const costUsd = isNumber(total_cost_usd) ? amount(total_cost_usd) : stood.costUsd;
    const byModel = isObject(modelUsage) ? modelsOf(modelUsage) : stood.byModel;
    this.#counter = {
      costUsd: costUsd > 0 || anew ? costUsd : stood.costUsd,
      byModel: [...byModel.values()].some(isSome) || anew ? byModel : stood.byModel,
    };
    this.#sessionId = sessionId;

    const told = message.model_usage_since_last_result;
    const share = isObject(told) ? modelsOf(told) : moved(stood.byModel, byModel);
    for (const [name, figures] of share) addModel(this.#byModel, name, figures);
    if (isObject(told)) this.#addCost([...share.values()].reduce((sum, model) => sum + model.costUsd, 0));
    else if (isNumber(total_cost_usd)) this.#addCost(costMoved(stood.costUsd, costUsd));
    if (isNumber(num_turns)) this.#numTurns = (this.#numTurns ?? 0) + Math.trunc(amount(num_turns));
    if (isObject(usage)) this.#plain = plus(this.#plain, plainTokens(usage));
    else if (isObject(modelUsage)) this.#plain ??= nothing;
  }

  #addCost(costUsd: number): void {
    this.#costUsd = (this.#costUsd ?? 0) + costUsd;
  }
}

/** What two processes used together. */
export function sumFigures(one: Figures, other: Figures): Figures {
  return {
    numTurns: plusOrNull(one.numTurns, other.numTurns),
    costUsd: plusOrNull(one.costUsd, other.costUsd),
    usage: one.usage && other.usage ? sumUsage(one.usage, other.usage) : (one.usage ?? other.usage),
  };
}

function plusOrNull(one: number | null, other: number | null): number | null {
  return one === null ? other : one + (other ?? 0);
}

function sumUsage(one: Usage, other: Usage): Usage {
  const byModel = new Map(Object.entries(one.byModel));
  for (const [name, figures] of Object.entries(other.byModel)) addModel(byModel, name, figures);
  return { ...plus(one, other), byModel: Object.fromEntries(byModel) };
}

function addModel(to: Map<string, ModelFigures>, name: string, figures: ModelFigures): void {
  const before = to.get(name);
  to.set(name, { ...plus(before ?? null, figures), costUsd: (before?.costUsd ?? 0) + figures.costUsd });
}

/** The counter as the CLI says it, in a `result` or in its answer to `get_usage`. */
export function counterOf(costUsd: JsonValue | undefined, byModel: JsonValue | undefined): Counter {
  return { costUsd: amount(costUsd), byModel: isObject(byModel) ? modelsOf(byModel) : new Map() };
}

/** Counters only go up: one that is lower began again meanwhile, and nothing at all says nothing. */
function moved(from: ByModel, to: ByModel): ByModel {
  const isBehind = [...from].some(([name, figures]) =>
    kinds.some((kind) => figures[kind] > (to.get(name)?.[kind] ?? 0)),
  );
  if (isBehind) return to;
  const steps = [...to].map(([name, figures]) => [name, step(from.get(name), figures)] as const);
  return new Map(steps.filter(([name, figures]) => isSome(figures) || !from.has(name)));
}

function step(from: ModelFigures | undefined, to: ModelFigures): ModelFigures {
  if (!from) return to;
  return {
    inputTokens: to.inputTokens - from.inputTokens,
    outputTokens: to.outputTokens - from.outputTokens,
    cacheReadTokens: to.cacheReadTokens - from.cacheReadTokens,
    cacheCreationTokens: to.cacheCreationTokens - from.cacheCreationTokens,
    costUsd: costMoved(from.costUsd, to.costUsd),
  };
}

/** USD; sums of fractions differ in their last digits. */
function costMoved(from: number, to: number): number {
  return to < from - 1e-9 ? to : Math.max(0, to - from);
}

const kinds = ['inputTokens', 'outputTokens', 'cacheReadTokens', 'cacheCreationTokens'] as const;
const nothing: Tokens = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheCreationTokens: 0 };

const isSome = (figures: ModelFigures) => figures.costUsd > 0 || kinds.some((kind) => figures[kind] > 0);

function plus(one: Tokens | null, other: Tokens): Tokens {
  const { inputTokens, outputTokens, cacheReadTokens, cacheCreationTokens } = one ?? nothing;
  return {
    inputTokens: inputTokens + other.inputTokens,
    outputTokens: outputTokens + other.outputTokens,
    cacheReadTokens: cacheReadTokens + other.cacheReadTokens,
    cacheCreationTokens: cacheCreationTokens + other.cacheCreationTokens,
  };
}

function modelsOf(models: JsonObject): ByModel {
  const read = Object.entries(models).map(([name, value]) => {
    const figures = isObject(value) ? value : {};
    const counts = {
      inputTokens: tokens(figures.inputTokens),
      outputTokens: tokens(figures.outputTokens),
      cacheReadTokens: tokens(figures.cacheReadInputTokens),
      cacheCreationTokens: tokens(figures.cacheCreationInputTokens),
      costUsd: amount(figures.costUSD),
    };
    return [name.slice(0, 200).replaceAll('\0', '\uFFFD').toWellFormed(), counts] as const;
  });
  return new Map(read);
}

function plainTokens(usage: JsonObject): Tokens {
  return {
    inputTokens: tokens(usage.input_tokens),
    outputTokens: tokens(usage.output_tokens),
    cacheReadTokens: tokens(usage.cache_read_input_tokens),
    cacheCreationTokens: tokens(usage.cache_creation_input_tokens),
  };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNumber(value: JsonValue | undefined): value is number {
  return typeof value === 'number';
}

/** The number where it is finite and not negative, else 0. */
function amount(value: JsonValue | undefined): number {
  return isNumber(value) && Number.isFinite(value) && value > 0 ? value : 0;
}

function tokens(value: JsonValue | undefined): number {
  return Math.min(Math.trunc(amount(value)), Number.MAX_SAFE_INTEGER);
}
