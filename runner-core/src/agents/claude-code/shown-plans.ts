import type { JsonObject } from '@agentfleet/contract';
import { isObject, object, string } from './json.js';

/** The tool whose permission is the approval of a plan. */
const planTool = 'ExitPlanMode';

/**
 * The plans of the session, by the use of the tool that shows them: Claude Code asks for their permission with the plan
 * it has written to a file, and without any where it has written none.
 */
export class ShownPlans {
  readonly #inputs = new Map<string, JsonObject>();

  /** Takes every message, in order. */
  read(message: JsonObject): void {
    if (message.type !== 'assistant') return;
    const { content } = object(message.message);
    for (const block of Array.isArray(content) ? content.filter(isObject) : []) {
      const id = string(block.id);
      if (block.type === 'tool_use' && block.name === planTool && id)
        this.#inputs.set(id, object(block.input));
    }
  }

  /** What a tool is asked for with: a plan that is missing is the one of its use. */
  inputOf(asked: JsonObject): JsonObject {
    const input = object(asked.input);
    const shown = this.#inputs.get(string(asked.tool_use_id) ?? '');
    if (asked.tool_name !== planTool || string(input.plan)?.trim() || !shown) return input;
    return { ...input, ...shown };
  }
}
