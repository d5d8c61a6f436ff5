import type { Logger } from 'pino';
import { describeFault } from './fault.js';
import { Repeats } from './repeats.js';

/** Requests that a line names of those that it counts. */
const mostNamed = 50;
const loud = ['warn', 'error'] as const;

/**
 * A log in which the same warning or failure is said whole once, and then counted: a line each while it goes on, with how often it came
 * and of which requests, so that an outage of a minute is some lines, not thousands of stacks. The same is what has one message and
 * one place in the code, whatever the words of the error; without an error, what says the same.
 */
export function calmLog(log: Logger): Logger {
  const repeats = new Repeats();
  const calm: Logger = Object.create(log);
  /** Of what is counted, by what is the same. */
  const requests = new Map<string, string[]>();
  for (const level of loud) {
    calm[level] = (what: unknown, message?: string) => {
      const { err, requestId, ...rest } = partsOf(what);
      const fault = err === undefined ? undefined : describeFault(err);
      const kind = fault
        ? [fault.type, fault.code, fault.at[0]]
        : [typeof what === 'string' ? what : JSON.stringify(rest)];
      const key = JSON.stringify([level, message, ...kind]);
      const named = requests.get(key);
      if (typeof requestId === 'string' && named && named.length < mostNamed) named.push(requestId);
      repeats.say(
        key,
        (times, isFirst) => {
          const requestIds = requests.get(key) ?? [];
          requests.set(key, []);
          if (isFirst) return message === undefined ? log[level](what) : log[level](what, message);
          const { type, code, message: reason } = fault ?? {};
          const again = { times, ...(fault ? { type, code, reason } : rest), requestIds };
          log[level](again, message ?? (typeof what === 'string' ? what : undefined));
        },
        () => requests.delete(key),
      );
    };
  }
  return calm;
}

function partsOf(what: unknown): { err?: unknown; requestId?: unknown } & Record<string, unknown> {
  return typeof what === 'object' && what !== null ? { ...what } : {};
}
