import type { Event } from '@agentfleet/contract';
import { callIdOf } from './items.js';
import { textAt } from './payload.js';
import { type Task, tasksAfter, taskTools } from './tasks.js';

/** A session's list of tasks as its log grows. */
export class TaskList {
  tasks: readonly Task[] = [];
  /** `lacking`: what made it could not be read whole, and there may be more, and other, tasks. */
  state: 'whole' | 'reading' | 'lacking' = 'whole';
  #events: Event[] = [];
  /** The calls among them. */
  readonly #calls = new Set<string>();

  /** All that there was of `taskTools` in the log, in order of seq: what was lacking is there. */
  complete(events: readonly Event[]): void {
    const last = events.at(-1)?.seq ?? 0;
    const newer = this.#events.filter(({ seq }) => seq > last);
    this.state = 'whole';
    this.#events = [];
    this.#calls.clear();
    this.append([...events, ...newer]);
  }

  /** @param events in order of seq, of whatever kind */
  append(events: readonly Event[]): void {
    const own = events.filter((event) => this.#isOurs(event));
    if (own.length === 0) return;
    this.#events.push(...own);
    this.tasks = tasksAfter(this.#events);
  }

  #isOurs(event: Event): boolean {
    const { kind, data } = event;
    const id = kind === 'tool_use' || kind === 'tool_result' ? callIdOf(event) : undefined;
    if (id === undefined || typeof data?.parent_tool_use_id === 'string') return false;
    if (kind === 'tool_result') return this.#calls.has(id);
    if (!taskTools.includes(textAt(data, 'name') ?? '')) return false;
    this.#calls.add(id);
    return true;
  }
}
