import type { JsonObject } from '@agentfleet/contract';
import { object, string } from './json.js';

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
 * Our answer to a request of the CLI. Where it asks for a permission that the mode does not grant, the answer is
 * no, with a reason for the model to go on with: nobody is there to be asked. Undefined for what needs no answer.
 */
export function answerTo(message: JsonObject): JsonObject | undefined {
  if (message.type !== 'control_request') return undefined;
  const request_id = string(message.request_id) ?? '';
  const request = object(message.request);
  if (request.subtype !== 'can_use_tool') {
    const error = `AgentFleet does not answer ${string(request.subtype) ?? 'this request'}`;
    return { type: 'control_response', response: { subtype: 'error', request_id, error } };
  }
  const tool = string(request.tool_name) ?? 'This tool';
  const reason = `${tool} needs a permission that this session’s permission mode does not grant, and nobody can be asked. Go on without it, or say what you would need.`;
  const response = { behavior: 'deny', message: reason };
  return { type: 'control_response', response: { subtype: 'success', request_id, response } };
}

/** Whether a message belongs to the conversation with us and not to the session's log: what is news for a moment only. */
export function isControl(message: JsonObject): boolean {
  const type = string(message.type) ?? '';
  // How much it has thought so far, again and again.
  if (type === 'system' && message.subtype === 'thinking_tokens') return true;
  return type.startsWith('control_') || type === 'keep_alive' || type === 'stream_event';
}
