import type { Event, JsonObject } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { TaskList } from './task-list.js';
import { tasksAfter, todosOf } from './tasks.js';

let seq = 0;
const at = '2026-11-30T10:00:00.000Z';
/** A call and its answer, or the call alone, or the answer alone. */
function used(name: string, input: JsonObject, answer: JsonObject | null, more: JsonObject = {}): Event[] {
  const id = `toolu_${seq}`;
  const call = { type: 'tool_use', id, name, input, ...more };
  const result = { type: 'tool_result', tool_use_id: id, ...answer, ...more };
  seq += 2;
  return [
    { seq: seq - 1, kind: 'tool_use', message: name, data: call, at },
    ...(answer ? [{ seq, kind: 'tool_result' as const, message: 'ok', data: result, at }] : []),
  ];
}
const created = (id: string, subject: string, activeForm?: string) =>
  used(
    'TaskCreate',
    { subject, description: subject, ...(activeForm && { activeForm }) },
    {
      content: `Task #${id} created successfully: ${subject}`,
      tool_use_result: { task: { id, subject } },
    },
  );
const updated = (taskId: string, change: JsonObject) =>
  used(
    'TaskUpdate',
    { taskId, ...change },
    {
      content: `Updated task #${taskId} status`,
      tool_use_result: { success: true, taskId },
    },
  );
const lines = (events: Event[]) => tasksAfter(events).map(({ text, status }) => `${status}: ${text}`);

test('a list is made of what is created and updated; what was deleted, refused or is not answered does not count', () => {
  const events = [
    ...created('1', 'Read', 'Reading'),
    ...created('2', 'Write'),
    ...created('3', 'Never'),
    ...updated('1', { status: 'completed' }),
    ...updated('2', { status: 'in_progress', subject: 'Write it', activeForm: 'Writing it' }),
    ...updated('3', { status: 'deleted' }),
    ...used('TaskUpdate', { taskId: '1', status: 'pending' }, { is_error: true, content: 'denied' }),
    ...used('TaskUpdate', { taskId: '1', status: 'pending' }, { tool_use_result: { success: false } }),
    ...used('TaskUpdate', { taskId: '1', status: 'pending' }, null),
  ];
  expect(tasksAfter(events)).toEqual([
    { text: 'Read', doing: 'Reading', status: 'completed' },
    { text: 'Write it', doing: 'Writing it', status: 'in_progress' },
  ]);
});

test('TaskList sets the list right, told as data or as text', () => {
  const told = {
    tasks: [
      { id: '1', subject: 'Read', status: 'completed', blockedBy: [] },
      { id: '4', subject: 'Test', status: 'pending', blockedBy: ['1'] },
    ],
  };
  const before = [...created('1', 'Read'), ...created('2', 'Write')];
  expect(lines([...before, ...used('TaskList', {}, { tool_use_result: told })])).toEqual([
    'completed: Read',
    'pending: Test',
  ]);
  const content = '#1 [completed] Read\n#5 [in_progress] Ship (owner: me)';
  expect(lines([...before, ...used('TaskList', {}, { content })])).toEqual([
    'completed: Read',
    'in_progress: Ship (owner: me)',
  ]);
  expect(lines([...before, ...used('TaskList', {}, { content: 'something else' })])).toHaveLength(2);
});

test('the old TodoWrite tells the whole list, and whichever of both spoke last is shown', () => {
  const todos = [{ content: 'Old', activeForm: 'Doing old', status: 'in_progress' }, 'x', { content: 'B' }];
  const old = used('TodoWrite', { todos }, { content: 'ok' });
  expect(lines([...created('1', 'New'), ...old])).toEqual(['in_progress: Old', 'pending: B']);
  expect(lines([...old, ...created('1', 'New')])).toEqual(['pending: New']);
  expect(todosOf({})).toBeUndefined();
});

test('the tasks of subagents are not mixed in', () => {
  const nested = used(
    'TaskCreate',
    { subject: 'Theirs' },
    { content: 'Task #9 created successfully: Theirs' },
    {
      parent_tool_use_id: 'toolu_x',
    },
  );
  expect(lines([...created('1', 'Ours'), ...nested])).toEqual(['pending: Ours']);
  const list = new TaskList();
  list.append([...nested, ...created('1', 'Ours')]);
  expect(list.tasks).toMatchObject([{ text: 'Ours' }]);
});

test('a task of an earlier session of the thread is named by its number until its name is known', () => {
  expect(lines(updated('7', { status: 'in_progress' }))).toEqual(['in_progress: Task #7']);
});

test('a list whose beginning was loaded later is the same as one that was there from the beginning', () => {
  const [one, two, three] = [created('1', 'One'), created('2', 'Two'), updated('1', { status: 'completed' })];
  const four = updated('2', { status: 'in_progress' });
  const list = new TaskList();
  list.append([...two.slice(1), ...three]);
  list.state = 'lacking';
  expect(list.tasks).toMatchObject([{ text: 'Task #1', status: 'completed' }]);
  list.append(four);
  list.complete([...one, ...two, ...three]);
  expect(list.state).toBe('whole');
  expect(list.tasks).toEqual(tasksAfter([...one, ...two, ...three, ...four]));
  expect(list.tasks.map(({ text }) => text)).toEqual(['One', 'Two']);
});
