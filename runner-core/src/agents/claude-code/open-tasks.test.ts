import type { JsonObject } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { OpenTasks } from './open-tasks.js';

function after(...messages: JsonObject[]): OpenTasks {
  const tasks = new OpenTasks();
  for (const message of messages) tasks.read(message);
  return tasks;
}

const system = (subtype: string, more: JsonObject): JsonObject => ({ type: 'system', subtype, ...more });
const started = (more: JsonObject = {}) =>
  system('task_started', { task_id: 't1', tool_use_id: 'toolu_1', description: 'npm run watch', ...more });
const answered = (tool_use_result: JsonObject | null) => ({
  type: 'user',
  message: { content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: '' }] },
  tool_use_result,
});

test('a task is open from its start to the word that it has ended', () => {
  expect(after(started()).descriptions).toEqual(['npm run watch']);
  for (const status of ['completed', 'failed', 'killed', 'stopped', 'a word of tomorrow']) {
    expect(after(started(), system('task_notification', { task_id: 't1', status })).size).toBe(0);
    expect(after(started(), system('task_updated', { task_id: 't1', patch: { status } })).size).toBe(0);
  }
  expect(after(started(), system('task_updated', { task_id: 't1', patch: { status: 'running' } })).size).toBe(
    1,
  );
  expect(after(started(), system('task_updated', { task_id: 't1', patch: { end_time: 1 } })).size).toBe(1);
  expect(after(started(), system('task_progress', { task_id: 't1' })).size).toBe(1);
});

test('a task in the foreground ends with the answer of its tool, one in the background does not', () => {
  expect(after(started(), answered(null)).size).toBe(0);
  for (const result of [{ backgroundTaskId: 't1' }, { isAsync: true }, { status: 'async_launched' }]) {
    const tasks = after(started(), answered(result));
    expect([tasks.size, tasks.everInBackground]).toEqual([1, true]);
  }
  expect(after(started({ is_backgrounded: false })).size).toBe(0);
  expect(after(started(), answered(null)).everInBackground).toBe(false);
});

test('where the CLI lists them the list is what counts', () => {
  const list = (...ids: string[]) =>
    system('background_tasks_changed', {
      tasks: ids.map((task_id) => ({ task_id, description: `do ${task_id}` })),
    });
  expect(after(list('t1', 't2')).descriptions).toEqual(['do t1', 'do t2']);
  expect(after(list('t1'), started(), list()).size).toBe(0);
  expect(after(list('t1'), started({ task_id: 't9' })).descriptions).toEqual(['do t1']);
  expect(after(list('t1'), answered(null)).size).toBe(1);
  expect(after(list('t1'), list()).everInBackground).toBe(true);
});

test('odd messages are no tasks', () => {
  expect(after(system('task_started', {}), system('background_tasks_changed', { tasks: 'x' }), {}).size).toBe(
    0,
  );
  expect(after(system('background_tasks_changed', { tasks: [7, {}] })).descriptions).toEqual(['a task']);
});
