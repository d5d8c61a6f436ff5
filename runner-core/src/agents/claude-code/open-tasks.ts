import type { JsonObject } from '@agentfleet/contract';
import { isObject, object, string } from './json.js';

interface Task {
  description: string;
  /** The use of the tool that began it. */
  toolUseId: string | undefined;
}

/** What a task is that goes on; every other word for its state is an end. */
const goingOn = new Set(['pending', 'running', 'in_progress', 'paused', 'queued']);

/**
 * The commands and subagents that go on in the background of a session, as its messages tell. A newer CLI (2.1.332) lists
 * them whole whenever that changes. An older one (2.1.197) tells of each task that begins, one in the foreground too,
 * and that it has ended.
 */
export class OpenTasks {
  #tasks = new Map<string, Task>();
  /** The CLI lists them: what else it tells of tasks is in the list. */
  #listed = false;
  #everInBackground = false;

  get size(): number {
    return this.#tasks.size;
  }

  /** Whether anything has run in the background so far. */
  get everInBackground(): boolean {
    return this.#everInBackground;
  }

  /** What they do, in the agent's own words. */
  get descriptions(): string[] {
    return [...this.#tasks.values()].map(({ description }) => description);
  }

  read(message: JsonObject): void {
    if (message.type === 'system') this.#readSystem(message);
    else if (message.type === 'user' && !this.#listed) this.#readToolResults(message);
  }

  #readSystem(message: JsonObject): void {
    const id = string(message.task_id);
    if (message.subtype === 'background_tasks_changed') {
      this.#listed = true;
      const tasks = Array.isArray(message.tasks) ? message.tasks.filter(isObject) : [];
      this.#tasks = new Map(tasks.map((task) => [string(task.task_id) ?? '', taskOf(task)]));
      if (tasks.length > 0) this.#everInBackground = true;
    } else if (id === undefined || this.#listed) return;
    else if (message.subtype === 'task_started' && message.is_backgrounded !== false) {
      this.#tasks.set(id, taskOf(message));
    } else if (message.subtype === 'task_updated') this.#note(id, string(object(message.patch).status));
    else if (message.subtype === 'task_notification') this.#note(id, string(message.status));
  }

  #note(id: string, status: string | undefined): void {
    if (status !== undefined && !goingOn.has(status)) this.#tasks.delete(id);
  }

  /** A tool that has answered has ended, unless it answered that it goes on in the background. */
  #readToolResults(message: JsonObject): void {
    const { backgroundTaskId, isAsync, status } = object(message.tool_use_result);
    if (string(backgroundTaskId) !== undefined || isAsync === true || status === 'async_launched') {
      this.#everInBackground = true;
      return;
    }
    const { content } = object(message.message);
    for (const block of Array.isArray(content) ? content.filter(isObject) : []) {
      const toolUseId = string(block.tool_use_id);
      if (block.type !== 'tool_result' || toolUseId === undefined) continue;
      for (const [id, task] of this.#tasks) if (task.toolUseId === toolUseId) this.#tasks.delete(id);
    }
  }
}

function taskOf({ description, tool_use_id, task_type, task_id }: JsonObject): Task {
  const said = [description, task_type, task_id].map(string).find((text) => text?.trim());
  return { description: said ?? 'a task', toolUseId: string(tool_use_id) };
}
