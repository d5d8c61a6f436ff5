import { withHiddenSpelled } from '@agentfleet/contract';
import type { Item } from './items.js';
import { titleOf } from './tool-names.js';

/** Longest title that is read out, characters. */
const longest = 120;

/** Who says a line of the conversation, in a few words, e.g. `Claude` or `Tool: Bash npm test, failed`. */
export function speakerOf(item: Item): string {
  const who = nameOf(item);
  return item.nested ? `Sub-agent, ${who}` : who;
}

function nameOf(item: Item): string {
  switch (item.type) {
    case 'assistant':
      return 'Claude';
    case 'thinking':
      return 'Claude, thinking';
    case 'tool':
      return `Tool: ${withHiddenSpelled(titleOf(item.name, item.title)).slice(0, longest)}${item.result?.isError ? ', failed' : ''}`;
    case 'result':
      return item.isError ? 'End, failed' : 'End';
    case 'error':
      return 'Error';
    case 'system':
      return 'Notice';
  }
}
