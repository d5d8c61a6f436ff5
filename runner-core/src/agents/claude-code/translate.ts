import type { EventKind, Failure, JsonObject } from '@agentfleet/contract';
import type { AgentEvent, AgentPartial } from '../agent.js';
import { boundedData } from './bounded-data.js';
import { blockWord } from './images.js';
import { isObject, type JsonValue, object, string } from './json.js';
import { isAborted, outcomeFailure, shownResult } from './outcome.js';
import { rateLimitLine } from './rate-limit.js';
import { missingServers, namedLine, systemLine } from './system-line.js';
import { oneLine, words } from './text.js';
import { toolLine } from './tool-line.js';

/**
 * The events of one message of the CLI, in order. What is not known, in this version or the next, becomes a
 * `system` event named after its type, so that nothing a session said is lost.
 * @param cwd the session's directory, to name files relative to it
 * @param why of a `result`: why it stands for a failure, by all that was said before it
 */
export function translate(
  message: JsonObject,
  cwd: string,
  why: Failure | null = outcomeFailure(message),
): AgentEvent[] {
  switch (message.type) {
    case 'system': {
      const servers = message.subtype === 'init' ? missingServers(message) : [];
      const told = servers.map(({ line, server }) => made('system', line, { type: 'mcp_server', ...server }));
      return [made('system', systemLine(message), message), ...told];
    }
    case 'assistant':
      return blocksOf(message).map((block) => assistantEvent(block, message, cwd));
    case 'user':
      return blocksOf(message).map((block) => userEvent(block, message));
    case 'result':
      return [resultEvent(shownResult(message), why)];
    case 'rate_limit_event':
      return [made('system', rateLimitLine(message), message)];
    default:
      return [made('system', namedLine(string(message.type) ?? 'message of no type', message), message)];
  }
}

function resultEvent(message: JsonObject, why: Failure | null): AgentEvent {
  if (isAborted(message)) return made('result', 'interrupted', message);
  return why ? made('error', why.message, message) : made('result', 'done', message);
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

/** The blocks of a message's content, which may also be a bare text. What says nothing is left out. */
function blocksOf(message: JsonObject): JsonObject[] {
  const { content, model } = object(message.message);
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  const blocks = Array.isArray(content) ? content.filter(isObject) : [];
  // For a command that says nothing the CLI says this in Claude's place.
  const saysNothing = (text: string) =>
    text.trim() === '' || (model === '<synthetic>' && text === '(no content)');
  return blocks.filter(({ type, text }) => type !== 'text' || !saysNothing(string(text) ?? ''));
}

function assistantEvent(block: JsonObject, message: JsonObject, cwd: string): AgentEvent {
  const { id, model, usage } = object(message.message);
  const data = withContext(block, message, { message_id: id, model, usage, error: message.error });
  switch (block.type) {
    case 'text':
      // What is said of an error stands where Claude's words would; they are none.
      return made(string(message.error) ? 'system' : 'assistant', string(block.text) ?? '', data);
    case 'thinking':
    case 'redacted_thinking':
      return made('thinking', string(block.thinking) || 'thinking', data);
    case 'tool_use':
    case 'server_tool_use':
    case 'mcp_tool_use':
      return made('tool_use', toolLine(string(block.name) ?? 'tool', object(block.input), cwd), data);
    default:
      // The API's own tools answer amid Claude's words, each with a name of its own.
      if (string(block.type)?.endsWith('_tool_result')) return resultOfTool(block, data);
      return made('system', blockLine(block), data);
  }
}

function userEvent(block: JsonObject, message: JsonObject): AgentEvent {
  const data = withContext(block, message, { tool_use_result: message.tool_use_result });
  if (block.type === 'tool_result') return resultOfTool(block, data);
  return made('system', string(block.text) ?? blockLine(block), data);
}

function blockLine(block: JsonObject): string {
  return block.source ? blockWord(block) : words(string(block.type) ?? 'block of no type');
}

function resultOfTool(block: JsonObject, data: JsonObject): AgentEvent {
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
