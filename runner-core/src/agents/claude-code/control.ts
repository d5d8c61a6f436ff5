import type { JsonObject } from '@agentfleet/contract';
import { object, string } from './json.js';
import { isPassing } from './system-line.js';

/** The user's message that begins the session's turn. */
export function userMessage(prompt: string): JsonObject {
  return {
    type: 'user',
    message: { role: 'user', content: prompt },
    parent_tool_use_id: null,
    session_id: '',
  };
}

/** Asks the CLI to end its turn, running tools included. */
export function interruptRequest(id: string): JsonObject {
  return { type: 'control_request', request_id: id, request: { subtype: 'interrupt' } };
}

/**
 * Our answer to a request of the CLI that is none for a tool permission (see permission.ts): an error, so that a newer
 * CLI does not wait for ever. Undefined for what needs no answer.
 */
export function answerTo(message: JsonObject): JsonObject | undefined {
  if (message.type !== 'control_request') return undefined;
  const request_id = string(message.request_id) ?? '';
  const error = `AgentFleet does not answer ${string(object(message.request).subtype) ?? 'this request'}`;
  return { type: 'control_response', response: { subtype: 'error', request_id, error } };
}

/** The request that the CLI no longer wants answered, if this message says so. */
export function withdrawnRequest(message: JsonObject): string | undefined {
  return message.type === 'control_cancel_request' ? string(message.request_id) : undefined;
}

/** Whether a message belongs to the conversation with us and not to the session's log: what is news for a moment only. */
export function isControl(message: JsonObject): boolean {
  const type = string(message.type) ?? '';
  if (isPassing(message)) return true;
  return type.startsWith('control_') || type === 'keep_alive' || type === 'stream_event';
}
