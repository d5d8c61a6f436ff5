import type { Approval } from '@agentfleet/contract';
import type { ToolItem } from '../conversation/items.js';

/** What is asked as the call of a tool, where no line of a log is at hand that says it. */
export function itemOf({ id, tool, message, input, requestedAt }: Approval): ToolItem {
  return {
    type: 'tool',
    seq: 0,
    key: id,
    at: requestedAt,
    nested: false,
    name: tool,
    title: message,
    input,
    result: null,
  };
}
