import path from 'node:path';
import type { JsonObject } from '@agentfleet/contract';
import { isInside } from '../../allowlist/inside.js';
import { isObject, type JsonValue, string } from './json.js';
import { oneLine } from './text.js';

const pathFields = ['file_path', 'notebook_path', 'path'];
/** What says most about a use of a tool, most telling first. */
const tellingFields = [
  ...['command', 'pattern', 'query', 'url', 'skill', 'subject', 'title', 'description', 'summary', 'prompt'],
  ...['message', 'text', 'name', 'task_id', 'taskId', 'bash_id', 'shell_id', 'id'],
];

/**
 * A tool's use as one readable line: `Edit src/app.ts`, `Bash npm test`, `TaskUpdate #3 in_progress`. Files below `cwd`
 * are named relative to it.
 */
export function toolLine(name: string, input: JsonObject, cwd: string): string {
  const special = Object.hasOwn(specials, name) ? specials[name]?.(input) : undefined;
  const subject = special ?? subjectOf(name, input, cwd);
  return oneLine(subject ? `${shownName(name)} ${subject}` : shownName(name));
}

function subjectOf(name: string, input: JsonObject, cwd: string): string | undefined {
  const telling = firstText(input, tellingFields);
  const file = firstText(input, pathFields);
  // A search names what it looks for; the folder it looks in says less.
  if (file && !('pattern' in input)) return relativeTo(cwd, file);
  // Of a tool that only its server knows, whatever comes first.
  return telling ?? (isServerTool(name) ? firstText(input, Object.keys(input)) : undefined);
}

/** Tools whose use more than one field tells, or none of the usual ones. */
const specials: Record<string, (input: JsonObject) => string | undefined> = {
  Agent: agentWords,
  Task: agentWords,
  AskUserQuestion: ({ questions }) => {
    const [first, ...more] = objects(questions).map(({ question }) => string(question));
    return first && more.length > 0 ? `${first} (+${more.length} more)` : first;
  },
  CronCreate: ({ cron, prompt }) => joined(cron, prompt),
  EnterWorktree: ({ name, path: folder }) => string(name) ?? string(folder),
  ExitPlanMode: ({ plan }) =>
    string(plan)
      ?.split('\n')
      .map((line) => line.replace(/^#+\s*/, '').trim())
      .find((line) => line !== ''),
  ExitWorktree: ({ action }) => string(action),
  ReportFindings: ({ findings }) => counted(findings, 'finding'),
  ScheduleWakeup: ({ delaySeconds, reason }) =>
    joined(typeof delaySeconds === 'number' ? `in ${delaySeconds} s` : undefined, reason),
  SendMessage: ({ to, summary, message }) =>
    joined(string(to) && `to ${to}`, string(summary) || string(message)),
  Skill: ({ skill, args }) => [string(skill), string(args)].filter(Boolean).join(' ') || undefined,
  TaskGet: ({ taskId }) => numbered(taskId),
  TaskUpdate: taskUpdateWords,
  TodoWrite: todoWords,
};

function agentWords({ subagent_type, description, prompt }: JsonObject): string | undefined {
  const [type, task] = [string(subagent_type), string(description) || string(prompt)];
  return type ? joined(type, task) : task;
}

/** Which task, and what becomes of it. */
function taskUpdateWords(input: JsonObject): string | undefined {
  const status = string(input.status);
  const owner = string(input.owner);
  const parts = [
    numbered(input.taskId),
    status,
    owner && `to ${owner}`,
    counted(input.addBlocks, 'task', 'blocks '),
    counted(input.addBlockedBy, 'task', 'waits for '),
  ].filter(Boolean);
  return joined(parts.join(' '), string(input.subject));
}

function todoWords({ todos }: JsonObject): string | undefined {
  const all = objects(todos);
  if (all.length === 0) return undefined;
  const done = all.filter(({ status }) => status === 'completed').length;
  const now = all.find(({ status }) => status === 'in_progress');
  return joined(`${done} of ${all.length} done`, now && (string(now.activeForm) || string(now.content)));
}

/** `mcp__github__create_issue` is `mcp github create_issue`. */
function shownName(name: string): string {
  if (!isServerTool(name)) return name;
  const [kind, server, ...tool] = name.split('__');
  return [kind, server, tool.join('__')].filter(Boolean).join(' ');
}

const isServerTool = (name: string) => name.startsWith('mcp__');

const numbered = (id: JsonValue | undefined) => {
  const text = typeof id === 'number' ? String(id) : string(id);
  return text && /^\d+$/.test(text) ? `#${text}` : text;
};

const objects = (value: JsonValue | undefined) => (Array.isArray(value) ? value.filter(isObject) : []);

function counted(list: JsonValue | undefined, what: string, before = ''): string | undefined {
  if (!Array.isArray(list) || list.length === 0) return undefined;
  return `${before}${list.length} ${what}${list.length === 1 ? '' : 's'}`;
}

function joined(first: JsonValue | undefined, second: JsonValue | undefined): string | undefined {
  const texts = [string(first), string(second)].filter((text) => text?.trim());
  return texts.length === 0 ? undefined : texts.join(': ');
}

function firstText(input: JsonObject, fields: string[]): string | undefined {
  return fields.map((field) => string(input[field])).find((text) => text?.trim());
}

function relativeTo(cwd: string, file: string): string {
  if (!path.isAbsolute(file) || !isInside(path, cwd, file)) return file;
  return path.relative(cwd, file) || '.';
}
