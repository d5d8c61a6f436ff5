import type { JsonObject } from '@agentfleet/contract';

/** What a tool was given, as people read it: names and values, then longer texts, then what is neither. */
export interface Brief {
  facts: { name: string; value: string }[];
  texts: { name: string; text: string }[];
  /** Lists and objects, as they are; null where there are none. */
  rest: JsonObject | null;
  /** Whether its texts, and what it answers, are prose; else they are data. */
  isProse: boolean;
}

/** Longest value that stands beside its name, in characters. */
const longestFact = 100;

/** Tools that are told things and tell things in sentences. */
const prosaic: ReadonlySet<string> = new Set([
  ...['Agent', 'EnterPlanMode', 'EnterWorktree', 'ExitPlanMode', 'ExitWorktree', 'ListAgents', 'SendMessage'],
  ...['Skill', 'Task', 'TaskCreate', 'TaskGet', 'TaskStop', 'TaskUpdate', 'WebFetch', 'WebSearch'],
]);

/** @param title of the call: what it says already is not repeated */
export function briefOf(tool: string, input: JsonObject, title: string): Brief {
  const brief: Brief = { facts: [], texts: [], rest: null, isProse: prosaic.has(tool) };
  const subject = title.startsWith(`${tool} `) ? title.slice(tool.length + 1) : title;
  for (const [field, value] of Object.entries(input)) {
    const name = wordsOf(field);
    if (value === null) continue;
    const list = Array.isArray(value) ? shortList(value) : undefined;
    if (list !== undefined) {
      if (list !== '') brief.facts.push({ name, value: list });
    } else if (typeof value === 'object') {
      if (Object.keys(value).length > 0) brief.rest = { ...brief.rest, [field]: value };
    } else if (typeof value === 'string' && (value.length > longestFact || value.trim().includes('\n'))) {
      brief.texts.push({ name, text: value });
    } else {
      const said = typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
      const isSaid = typeof value === 'string' && (title.includes(said) || isFile(said, subject));
      if (said !== '' && !isSaid) brief.facts.push({ name, value: said });
    }
  }
  return brief;
}

/** Whether a path is that of a file which is named relative to where the session works. */
const isFile = (path: string, relative: string) =>
  path.endsWith(`/${relative}`) || path.endsWith(`\\${relative}`);

/**
 * What a tool was given beside what is drawn of it already. What is not set, or set to no, is left out.
 * @param drawn names of fields
 */
export function partBriefOf(tool: string, input: JsonObject, drawn: readonly string[]): Brief {
  const rest = Object.entries(input).filter(([field, value]) => !drawn.includes(field) && value !== false);
  return briefOf(tool, Object.fromEntries(rest), '');
}

/** A few words or numbers, one after the other; undefined for a list of anything else. */
function shortList(list: readonly unknown[]): string | undefined {
  const words = list.filter((each) => typeof each === 'string' || typeof each === 'number');
  const text = words.join(', ');
  return words.length === list.length && text.length <= longestFact && !text.includes('\n')
    ? text
    : undefined;
}

/** `subagent_type` and `addBlockedBy` as words. */
function wordsOf(field: string): string {
  return field
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/[_-]+/g, ' ')
    .toLowerCase();
}

/** A tool of an MCP server, `mcp__github__create_issue`, by both their names; undefined for every other tool. */
export function mcpToolOf(name: string): { server: string; tool: string } | undefined {
  const [, server, tool] = /^mcp__(.+?)__(.+)$/.exec(name) ?? [];
  return server && tool ? { server, tool } : undefined;
}
