import type { Event, JsonObject } from '@agentfleet/contract';
import { callIdOf } from './items.js';
import { contentText, isObject, numberAt, objectAt, textAt } from './payload.js';

/** One line of what Claude set out to do. */
export interface Task {
  text: string;
  /** The same while it is being done: `Running the tests`. */
  doing: string | undefined;
  status: 'pending' | 'in_progress' | 'completed';
}

/** The tools that make a session's list of tasks: today's keep one by one, the old one tells all of it each time. */
export const taskTools = ['TodoWrite', 'TaskCreate', 'TaskUpdate', 'TaskList', 'TaskGet'];

/** The list of Claude's TodoWrite; undefined where there is none. */
export function todosOf(input: JsonObject): Task[] | undefined {
  if (!Array.isArray(input.todos)) return undefined;
  return input.todos.filter(isObject).map((todo) => ({
    text: textAt(todo, 'content', 'activeForm', 'text') ?? '',
    doing: textAt(todo, 'activeForm'),
    status: statusOf(textAt(todo, 'status')),
  }));
}

interface NumberedTask extends Task {
  id: string;
}

/** The tasks that a TaskList answered; undefined where it answered none. @param told what Claude Code tells of the result */
export function listedTasks(told: JsonObject | null, text: string): NumberedTask[] | undefined {
  if (Array.isArray(told?.tasks)) {
    return told.tasks.filter(isObject).map((task) => ({
      id: idAt(task, 'id') ?? '',
      text: textAt(task, 'subject') ?? '',
      doing: textAt(task, 'activeForm'),
      status: statusOf(textAt(task, 'status')),
    }));
  }
  const lines = text.split('\n').map((line) => /^#(\S+) \[(\w+)\] (.+)$/.exec(line));
  const tasks = lines.flatMap((match) =>
    match ? [{ id: match[1] ?? '', text: match[3] ?? '', doing: undefined, status: statusOf(match[2]) }] : [],
  );
  return tasks.length > 0 || /^No tasks/i.test(text) ? tasks : undefined;
}

/**
 * The list of tasks as it is after some events, in the order in which they were made. What a call asks for counts once
 * it was answered, for several may be under way; subagents have lists of their own.
 * @param events in order of seq, of the session's own calls of `taskTools` and their results; others do no harm
 */
export function tasksAfter(events: Iterable<Event>): Task[] {
  const calls = new Map<string, Event>();
  let list = new Map<string, NumberedTask>();
  let todos: Task[] | undefined;
  for (const event of events) {
    const id = callIdOf(event);
    if (id === undefined || typeof event.data?.parent_tool_use_id === 'string') continue;
    if (event.kind === 'tool_use') calls.set(id, event);
    const call = event.kind === 'tool_result' ? calls.get(id) : undefined;
    const tool = textAt(call?.data ?? null, 'name') ?? '';
    if (!call || !taskTools.includes(tool) || event.data?.is_error === true) continue;
    const input = objectAt(call.data, 'input') ?? {};
    if (tool === 'TodoWrite') todos = todosOf(input) ?? todos;
    else {
      list = changed(list, tool, input, event.data);
      todos = undefined;
    }
  }
  return todos ?? [...list.values()].map(({ text, doing, status }) => ({ text, doing, status }));
}

function changed(
  list: Map<string, NumberedTask>,
  tool: string,
  input: JsonObject,
  result: JsonObject | null,
): Map<string, NumberedTask> {
  const told = objectAt(result, 'tool_use_result');
  const text = contentText(result?.content) ?? '';
  if (tool === 'TaskList') {
    const listed = listedTasks(told, text);
    if (!listed) return list;
    return new Map(
      listed.map((task) => [task.id, { ...task, doing: task.doing ?? list.get(task.id)?.doing }]),
    );
  }
  if (tool === 'TaskCreate') {
    const id = idAt(objectAt(told, 'task'), 'id') ?? /#(\S+) created/.exec(text)?.[1];
    if (id === undefined) return list;
    const task = { id, text: textAt(input, 'subject') ?? `Task #${id}`, doing: textAt(input, 'activeForm') };
    return new Map(list).set(id, { ...task, status: 'pending' });
  }
  const id = idAt(input, 'taskId') ?? idAt(objectAt(told, 'task'), 'id');
  if (id === undefined || told?.success === false) return list;
  // A task of the thread's earlier session has its name there.
  const known = list.get(id) ?? { id, text: `Task #${id}`, doing: undefined, status: 'pending' as const };
  const news = tool === 'TaskGet' ? objectAt(told, 'task') : input;
  const next = new Map(list);
  if (textAt(news, 'status') === 'deleted') next.delete(id);
  else if (news) {
    next.set(id, {
      id,
      text: textAt(news, 'subject') ?? known.text,
      doing: textAt(news, 'activeForm') ?? known.doing,
      status: textAt(news, 'status') === undefined ? known.status : statusOf(textAt(news, 'status')),
    });
  }
  return next;
}

/** Ids are texts of digits; a number does as well. */
const idAt = (data: JsonObject | null, name: string) =>
  textAt(data, name) ?? numberAt(data, name)?.toString();

function statusOf(word: string | undefined): Task['status'] {
  return word === 'completed' || word === 'in_progress' ? word : 'pending';
}
