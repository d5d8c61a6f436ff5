import type { JsonObject, PermissionMode } from '@agentfleet/contract';
import type { PermissionAnswer, PermissionRequest } from '../agent.js';
import { boundedData } from './bounded-data.js';
import { isObject, type JsonValue, object, string } from './json.js';
import type { ShownPlans } from './shown-plans.js';
import { oneLine } from './text.js';
import { toolLine } from './tool-line.js';

/** A tool permission that the CLI asks for, and how its answer is spelled. */
export interface AskedPermission {
  request: PermissionRequest;
  /** The line for the CLI's stdin. */
  answer(answer: PermissionAnswer): JsonObject;
}

/** The tool whose input holds questions, and whose permission is the answers to them. */
const questionTool = 'AskUserQuestion';

/**
 * Reads a `control_request` that asks for a tool; undefined for any other message.
 * @param cwd the session's directory, to name files relative to it
 * @param modes the permission modes that this machine lets a session be switched to
 * @param plans those that the session has shown so far
 */
export function askedPermission(
  message: JsonObject,
  cwd: string,
  modes: readonly PermissionMode[],
  plans: ShownPlans,
): AskedPermission | undefined {
  const asked = object(message.request);
  if (message.type !== 'control_request' || asked.subtype !== 'can_use_tool') return undefined;
  const request_id = string(message.request_id) ?? '';
  const tool = oneLine(string(asked.tool_name) || 'a tool', 200);
  const input = plans.inputOf(asked);
  const grants = sessionGrants(asked.permission_suggestions, modes);
  const request = {
    requestId: request_id,
    tool,
    message: toolLine(tool, input, cwd),
    input: boundedData(input),
    toolUseId: string(asked.tool_use_id) || null,
    sessionGrant: grants.length === 0 ? null : oneLine(grants.map(grantWords).join(', ')),
  };
  return {
    request,
    answer(answer) {
      const response = answer.allow
        ? {
            behavior: 'allow',
            // The whole input: what people were shown may be cut.
            updatedInput: tool === questionTool ? { ...input, answers: answer.answers ?? {} } : input,
            ...(answer.forSession && grants.length > 0 && { updatedPermissions: grants }),
          }
        : { behavior: 'deny', message: answer.reason };
      return { type: 'control_response', response: { subtype: 'success', request_id, response } };
    },
  };
}

/**
 * What the CLI suggests to allow from now on, as far as it may be: until the session ends, so that nothing is written
 * into the user's settings; never further directories, for which there is the allowlist; and another permission mode
 * only where nothing narrower is suggested and this machine allows it. Where the mode would not do without such a directory,
 * as for a file outside of the session's, the same would be asked again: it is not offered.
 */
function sessionGrants(suggestions: JsonValue | undefined, modes: readonly PermissionMode[]): JsonObject[] {
  const all = Array.isArray(suggestions) ? suggestions.filter(isObject) : [];
  const rules = all.filter(({ type, behavior }) => type === 'addRules' && behavior === 'allow');
  const needsDirectory = all.some(({ type }) => type === 'addDirectories');
  const switches = all.filter(
    ({ type, mode }) => type === 'setMode' && !needsDirectory && modes.some((allowed) => allowed === mode),
  );
  return (rules.length > 0 ? rules : switches).map((grant) => ({ ...grant, destination: 'session' }));
}

function grantWords(grant: JsonObject): string {
  if (grant.type === 'setMode') return `permission mode ${string(grant.mode)}`;
  const rules = Array.isArray(grant.rules) ? grant.rules.filter(isObject) : [];
  return rules
    .map(({ toolName, ruleContent }) => {
      const content = string(ruleContent);
      return content ? `${string(toolName)}(${content})` : (string(toolName) ?? 'a tool');
    })
    .join(', ');
}
