import {
  type ApprovalState,
  approvalStates,
  type Event,
  FiguresOfProcess,
  type JsonObject,
} from '@agentfleet/contract';
import type { Hunk } from './hunk.js';
import { imagesAt, isMedia, type ShownImage } from './images.js';
import { type Notice, noticeOf } from './notices.js';
import { contentText, eventText, hunksAt, numberAt, objectAt, textAt } from './payload.js';

/** What a tool answered. */
export interface ToolResult {
  seq: number;
  at: string;
  /** It belongs to a subagent. */
  nested: boolean;
  text: string;
  isError: boolean;
  /** The payload was cut by the runner to keep the log small. */
  truncated: boolean;
  /** What changed in a file and where, as Claude Code tells it. */
  hunks: Hunk[] | undefined;
  images: ShownImage[];
  /** What Claude Code tells of it besides. */
  told: JsonObject | null;
}

/** What the log says of the permission a call asked for. */
export interface AskedPermission {
  seq: number;
  state: ApprovalState;
  at: string;
  /** The name of the key that allowed or denied it. */
  decidedBy: string | undefined;
  reason: string | undefined;
  forSession: boolean;
  /** To questions, by their text. */
  answers: Record<string, string> | null;
}

interface Placed {
  /** Of the event it began with. */
  seq: number;
  /** The same as long as the item is on the screen. */
  key: string;
  at: string;
  /** It belongs to a subagent. */
  nested: boolean;
}

export interface TextItem extends Placed {
  type: 'system' | 'assistant' | 'thinking' | 'error';
  text: string;
  /** It stands out. */
  notice?: Notice;
  /** How often it was said in a row, as the last one says it; left out where that is once. */
  times?: number;
  /** What the session was given besides its text. */
  images?: ShownImage[];
  /** It is still being produced, and in no log yet. */
  live?: true;
}

export interface ToolItem extends Placed {
  type: 'tool';
  /** e.g. `Bash` */
  name: string;
  /** One readable line, e.g. `Edit src/app.ts` */
  title: string;
  /** What its result and its permission are joined by. */
  callId?: string | undefined;
  input: JsonObject;
  /** Where a person was asked for it. */
  asked?: AskedPermission;
  /** null while the tool runs */
  result: ToolResult | null;
}

/** What one model was used for. */
export interface ModelUsage {
  model: string;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  costUsd: number;
}

export interface ResultItem extends Placed {
  type: 'result';
  text: string;
  isError: boolean;
  costUsd: number | undefined;
  turns: number | undefined;
  durationMs: number | undefined;
  models: ModelUsage[];
}

/** A line of the conversation as it is drawn. */
export type Item = TextItem | ToolItem | ResultItem;

/** Everything that is drawn as a line of its own: all events but the calls and results of tools. */
export function plainItem(event: Event): TextItem | ResultItem {
  const { kind, data } = event;
  if (kind === 'result' || (kind === 'error' && data?.total_cost_usd !== undefined)) {
    const { costUsd, usage } = figuresOf(data);
    return {
      ...placeOf(event),
      type: 'result',
      text: kind === 'error' ? event.message : (textAt(data, 'result') ?? event.message),
      isError: kind === 'error' || isErrorAt(data),
      costUsd: costUsd ?? undefined,
      turns: numberAt(data, 'num_turns', 'numTurns'),
      durationMs: numberAt(data, 'duration_ms', 'durationMs'),
      models: Object.entries(usage?.byModel ?? {}).map(([model, used]) => ({ model, ...used })),
    };
  }
  const type = kind === 'tool_use' || kind === 'tool_result' || isUnknown(event) ? 'system' : kind;
  const text = type === 'assistant' || type === 'thinking' ? eventText(event) : event.message;
  const notice = noticeOf(event);
  const item: TextItem = { ...placeOf(event), type, text, ...(notice && { notice }) };
  return kind === 'system' && isMedia(data) ? { ...item, images: imagesAt(data) } : item;
}

export function callItem(event: Event): ToolItem {
  return {
    ...placeOf(event),
    type: 'tool',
    name: textAt(event.data, 'name', 'tool') ?? event.message.split(' ')[0] ?? 'Tool',
    title: event.message,
    callId: callIdOf(event),
    input: objectAt(event.data, 'input') ?? {},
    result: null,
  };
}

/** What Claude said in a way that this build does not know is no text of its. */
function isUnknown({ kind, data }: Event): boolean {
  return kind === 'assistant' && typeof data?.type === 'string' && data.type !== 'text';
}

/** A result whose call is not in the log. */
export function orphanItem(result: ToolResult): ToolItem {
  const { seq, at, nested } = result;
  const title = 'Result of an earlier call';
  return { seq, key: String(seq), at, nested, type: 'tool', name: 'Tool', title, input: {}, result };
}

export function resultOf(event: Event): ToolResult {
  const { seq, at, nested } = placeOf(event);
  const { data } = event;
  return {
    seq,
    at,
    nested,
    text: contentText(withoutMedia(data?.content)) ?? textAt(data, 'text', 'output') ?? event.message,
    isError: isErrorAt(data),
    truncated: data?.truncated !== undefined && data.truncated !== false,
    hunks: hunksAt(objectAt(data, 'tool_use_result')),
    images: imagesAt(data),
    told: objectAt(data, 'tool_use_result'),
  };
}

const withoutMedia = (content: unknown) =>
  Array.isArray(content) ? content.filter((block) => !isMedia(block)) : content;

/** What joins a tool's call and its result. */
export function callIdOf({ kind, data }: Event): string | undefined {
  return kind === 'tool_use' ? textAt(data, 'id', 'toolUseId', 'tool_use_id') : textAt(data, 'tool_use_id');
}

/** What an event says of a permission, and of which call; undefined where it speaks of something else. */
export function permissionOf(event: Event): { callId: string; asked: AskedPermission } | undefined {
  const { seq, kind, data, at } = event;
  if (kind !== 'system' || data?.type !== 'approval') return undefined;
  const callId = textAt(data, 'toolUseId');
  const state = approvalStates.find((known) => known === data.state);
  if (callId === undefined || state === undefined) return undefined;
  const asked = {
    seq,
    state,
    at,
    decidedBy: textAt(data, 'decidedBy'),
    reason: textAt(data, 'reason'),
    forSession: data.forSession === true,
    answers: answersAt(data),
  };
  return { callId, asked };
}

function answersAt(data: JsonObject): Record<string, string> | null {
  const answers = Object.entries(objectAt(data, 'answers') ?? {}).flatMap(([question, answer]) =>
    typeof answer === 'string' ? [[question, answer] as const] : [],
  );
  return answers.length === 0 ? null : Object.fromEntries(answers);
}

function placeOf({ seq, at, data }: Event): Placed {
  return { seq, key: String(seq), at, nested: typeof data?.parent_tool_use_id === 'string' };
}

const isErrorAt = (data: JsonObject | null) => data?.is_error === true || data?.isError === true;

/** What a result of Claude Code's used itself: its totals may be those of the session, with all the runs before. */
function figuresOf(data: JsonObject | null) {
  const process = new FiguresOfProcess();
  process.read({ ...data, type: 'result' });
  return process.figures;
}
