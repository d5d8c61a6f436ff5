import type { JsonObject } from '@agentfleet/contract';
import { isObject, object, string } from './json.js';
import { words } from './text.js';

/** What a `system` message says, as a line. */
export function systemLine(message: JsonObject): string {
  const subtype = string(message.subtype) ?? 'system';
  return lines.get(subtype)?.(message) || namedLine(subtype, message);
}

/** What a message says of which only the name is known: that, and its text where it has one. */
export function namedLine(name: string, message: JsonObject): string {
  const text = textFields.map((field) => string(message[field])).find((value) => value?.trim());
  return text === undefined ? words(name) : `${words(name)}: ${text}`;
}

/** The servers of an `init` that the session has to do without, each with a line. */
export function missingServers(init: JsonObject): { line: string; server: JsonObject }[] {
  const servers = Array.isArray(init.mcp_servers) ? init.mcp_servers.filter(isObject) : [];
  return servers.flatMap((server) => {
    const line = serverLine(server);
    return line === undefined ? [] : [{ line, server }];
  });
}

/** Whether a message is one of many that tell how something goes on whose end another one tells. */
export function isPassing(message: JsonObject): boolean {
  if (message.type === 'tool_progress') return true;
  if (message.type !== 'system') return false;
  // Housekeeping of the CLI itself.
  if (message.skip_transcript === true) return true;
  switch (message.subtype) {
    case 'thinking_tokens':
    case 'task_progress':
    case 'background_tasks_changed':
      return true;
    case 'hook_started':
    case 'hook_progress':
      return string(message.hook_id) !== undefined;
    case 'hook_response':
      return message.outcome === 'success' && hookOutput(message) === '';
    case 'task_updated':
      return !badEnds.has(string(object(message.patch).status) ?? '') && taskError(message) === '';
    default:
      return false;
  }
}

const textFields = ['content', 'text', 'message', 'summary', 'detail', 'title', 'reason', 'error', 'state'];
const badEnds = new Set(['failed', 'killed', 'stopped']);

const lines = new Map<string, (message: JsonObject) => string | undefined>([
  ['init', () => 'session started'],
  ['informational', ({ content }) => string(content)],
  ['local_command_output', ({ content }) => string(content)],
  ['notification', ({ text }) => string(text)],
  ['api_retry', retryLine],
  ['compact_boundary', () => 'conversation compacted'],
  ['status', statusLine],
  ['hook_started', ({ hook_name }) => (string(hook_name) ? `hook ${hook_name} started` : undefined)],
  ['hook_response', hookLine],
  ['task_started', ({ description }) => (string(description) ? `task started: ${description}` : undefined)],
  ['task_updated', updateLine],
  ['task_notification', endLine],
  ['permission_denied', deniedLine],
  ['model_fallback', modelLine],
  ['model_refusal_fallback', modelLine],
  ['model_consent_fallback', modelLine],
  ['model_refusal_no_fallback', modelLine],
  ['plugin_install', pluginLine],
]);

function serverLine(server: JsonObject): string | undefined {
  const name = string(server.name) ?? 'of no name';
  const error = string(server.error)?.trim();
  switch (server.status) {
    case 'failed':
      return `MCP server ${name} failed to connect${error ? `: ${error}` : ''}`;
    case 'needs-auth':
      return `MCP server ${name} needs a login`;
    default:
      return undefined;
  }
}

function retryLine({ error, attempt, max_retries }: JsonObject): string {
  return `waiting to ask the model again after ${words(string(error) ?? 'an error')} (${attempt} of ${max_retries})`;
}

/** What the CLI is at, or what changed; a word of a newer CLI stands as it is. */
function statusLine({ status, permissionMode, compact_error }: JsonObject): string {
  if (string(permissionMode)) return `permission mode: ${permissionMode}`;
  if (string(compact_error)) return `conversation not compacted: ${compact_error}`;
  if (status === 'requesting') return 'asking the model';
  if (status === 'compacting') return 'compacting the conversation';
  return words(string(status) ?? 'status');
}

/** Whose hook, how it ended and what it said: what it complains of goes before what it prints. */
function hookLine(message: JsonObject): string | undefined {
  const name = string(message.hook_name) ?? string(message.hook_event);
  if (name === undefined) return undefined;
  const said = hookOutput(message);
  return `hook ${name} ${hookEnd(message)}${said ? `: ${said}` : ''}`;
}

function hookEnd({ outcome, exit_code }: JsonObject): string {
  if (outcome === 'cancelled') return 'was cancelled';
  if (outcome === 'success') return 'succeeded';
  if (typeof exit_code !== 'number')
    return outcome === 'error' ? 'failed' : words(string(outcome) ?? 'ended');
  return `${exit_code === 0 ? 'ended' : 'failed'} with exit code ${exit_code}`;
}

function hookOutput({ stderr, stdout, output }: JsonObject): string {
  const said = [stderr, stdout, output].map(string).find((text) => text?.trim());
  return said?.trim() ?? '';
}

function taskError({ patch }: JsonObject): string {
  return string(object(patch).error)?.trim() ?? '';
}

function updateLine(message: JsonObject): string | undefined {
  const status = string(object(message.patch).status);
  if (status === undefined) return undefined;
  const error = taskError(message);
  return `task ${string(message.task_id) ?? ''} ${words(status)}${error ? `: ${error}` : ''}`;
}

function endLine({ status, summary, reason }: JsonObject): string | undefined {
  if (string(status) === undefined) return undefined;
  const why = string(reason) ? ` (${words(string(reason) ?? '')})` : '';
  return `task ${words(string(status) ?? '')}${why}${string(summary)?.trim() ? `: ${summary}` : ''}`;
}

/** Which tool, and by what; the message that comes with it is written for the model. */
function deniedLine(message: JsonObject): string | undefined {
  const tool = string(message.tool_name);
  if (tool === undefined) return undefined;
  const why = string(message.decision_reason)?.trim() || string(message.decision_reason_type);
  return `permission denied: ${tool}${why ? ` (${words(why)})` : ''}`;
}

function modelLine({ content, original_model, fallback_model }: JsonObject): string | undefined {
  if (string(content)?.trim()) return string(content);
  if (!string(original_model)) return undefined;
  return string(fallback_model)
    ? `model changed from ${original_model} to ${fallback_model}`
    : `${original_model} refused to answer`;
}

function pluginLine({ name, status, error }: JsonObject): string {
  const which = string(name) ? `plugin ${name}` : 'plugins';
  return `${which} ${words(string(status) ?? 'changed')}${string(error)?.trim() ? `: ${error}` : ''}`;
}
