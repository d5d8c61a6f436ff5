import type { EventKind, JsonObject } from '@agentfleet/contract';
import type { AgentEvent, AgentPartial } from '../agent.js';
import { boundedData } from './bounded-data.js';
import { blockWord } from './images.js';
import { isObject, type JsonValue, object, string } from './json.js';
import { outcomeFailure } from './outcome.js';
import { oneLine } from './text.js';
import { toolLine } from './tool-line.js';

/**
 * The events of one message of the CLI, in order. What is not known, in this version or the next, becomes a
 * `system` event named after its type, so that nothing a session said is lost.
 * @param cwd the session's directory, to name files relative to it
 */
export function translate(message: JsonObject, cwd: string): AgentEvent[] {
  switch (message.type) {
    case 'system':
      return [made('system', systemLine(message), message)];
    case 'assistant':
      return blocksOf(message).map((block) => assistantEvent(block, message, cwd));
    case 'user':
      return blocksOf(message).map((block) => userEvent(block, message));
    case 'result': {
      const failure = outcomeFailure(message);
      return [failure ? made('error', failure.message, message) : made('result', 'done', message)];
    }
    default:
      return [made('system', words(string(message.type) ?? 'message of no type'), message)];
  }
}

/** Text that is being produced by the session itself, not by one of its subagents; undefined for anything else. */
export function partialOf(message: JsonObject): AgentPartial | undefined {
  if (message.type !== 'stream_event' || string(message.parent_tool_use_id)) return undefined;
  const event = object(message.event);
  const begins = event.type === 'content_block_start';
  const piece = object(begins ? event.content_block : event.delta);
  switch (piece.type) {
    case 'text':
    case 'text_delta':
      return { kind: 'assistant', text: string(piece.text) ?? '', begins };
    case 'thinking':
    case 'thinking_delta':
      return { kind: 'thinking', text: string(piece.thinking) ?? '', begins };
    default:
      return undefined;
  }
}

export function made(kind: EventKind, line: string, data: JsonObject): AgentEvent {
  return { kind, message: oneLine(line) || kind, data: boundedData(data) };
}

function systemLine(message: JsonObject): string {
  const subtype = string(message.subtype) ?? 'system';
  switch (subtype) {
    case 'init':
      return 'session started';
    case 'api_retry': {
      const reason = string(message.error) ?? 'an error';
      return `waiting to ask the model again after ${words(reason)} (${message.attempt} of ${message.max_retries})`;
    }
    case 'compact_boundary':
      return 'conversation compacted';
    case 'status':
      return statusLine(message);
    default:
      return words(subtype);
  }
}

/** What the CLI is at, or what changed; a word of a newer CLI stands as it is. */
function statusLine({ status, permissionMode, compact_error }: JsonObject): string {
  if (string(permissionMode)) return `permission mode: ${permissionMode}`;
  if (string(compact_error)) return `conversation not compacted: ${compact_error}`;
  if (status === 'requesting') return 'asking the model';
  if (status === 'compacting') return 'compacting the conversation';
  return words(string(status) ?? 'status');
}

/** The blocks of a message's content, which may also be a bare text. */
function blocksOf(message: JsonObject): JsonObject[] {
  const { content } = object(message.message);
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return Array.isArray(content) ? content.filter(isObject) : [];
}

function assistantEvent(block: JsonObject, message: JsonObject, cwd: string): AgentEvent {
  const { id, model, usage } = object(message.message);
  const data = withContext(block, message, { message_id: id, model, usage, error: message.error });
  switch (block.type) {
    case 'text':
      return made('assistant', string(block.text) ?? '', data);
    case 'thinking':
    case 'redacted_thinking':
      return made('thinking', string(block.thinking) || 'thinking', data);
    case 'tool_use':
    case 'server_tool_use':
    case 'mcp_tool_use':
      return made('tool_use', toolLine(string(block.name) ?? 'tool', object(block.input), cwd), data);
    default:
      return made('assistant', words(string(block.type) ?? 'assistant'), data);
  }
}

function userEvent(block: JsonObject, message: JsonObject): AgentEvent {
  const data = withContext(block, message, { tool_use_result: message.tool_use_result });
  if (block.type !== 'tool_result') {
    const word = block.source ? blockWord(block) : words(string(block.type) ?? 'input');
    return made('system', string(block.text) ?? word, data);
  }
  const [first, ...more] = textOf(block.content)
    .split('\n')
    .filter((line) => line.trim() !== '');
  const rest = more.length === 0 ? '' : ` (+${more.length} ${more.length === 1 ? 'line' : 'lines'})`;
  return made('tool_result', first === undefined ? 'no output' : `${oneLine(first, 400)}${rest}`, data);
}

/** The block with the message's fields that say where it belongs; those the message lacks are left out. */
function withContext(
  block: JsonObject,
  message: JsonObject,
  more: Record<string, JsonValue | undefined>,
): JsonObject {
  const context = { ...more, parent_tool_use_id: message.parent_tool_use_id, uuid: message.uuid };
  const known: JsonObject = {};
  for (const [name, value] of Object.entries(context))
    if (value !== undefined && value !== null) known[name] = value;
  return { ...block, ...known };
}

function textOf(content: JsonValue | undefined): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((block) => string(object(block).text) ?? blockWord(object(block))).join('\n');
}

function words(name: string): string {
  return name.replaceAll('_', ' ');
}
