/** A value on its way between two worlds: a function or a promise stays at home and goes as a number. */
type Crossing =
  | { is: 'value'; value?: unknown }
  | { is: 'function'; id: number }
  | { is: 'promise'; id: number }
  | { is: 'list'; items: Crossing[] }
  | { is: 'object'; fields: Record<string, Crossing> };

type Message =
  | { type: 'expose'; name: string; api: Crossing }
  | { type: 'call'; id: number; args: Crossing[] }
  | { type: 'return'; ok: boolean; value: Crossing }
  | { type: 'settle'; id: number; ok: boolean; value: Crossing };

export interface WorldEnd {
  /** Makes a copy of `api` a global of the other world; its functions run here. */
  expose(name: string, api: unknown): void;
}

/**
 * One end of the bridge between a page's own world and the world of its preload script: what Electron calls the
 * context bridge. The two share nothing but the window's events, whose details are text. Its source is run in pages:
 * it uses nothing but its arguments.
 * @param mine the name of the events for this end, known to the two ends alone
 */
export function worldEnd(mine: string, theirs: string): WorldEnd {
  const { addEventListener, dispatchEvent, CustomEvent, window } = globalThis;
  // What this end was given keeps working whatever the page does to its own copies afterwards.
  const then = Promise.prototype.then;
  const { apply } = Reflect;
  const functions = new Map<number, (...args: unknown[]) => unknown>();
  const promises = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  const get = functions.get.bind(functions);
  const set = functions.set.bind(functions);
  const waitFor = promises.set.bind(promises);
  const waiting = promises.get.bind(promises);
  const { parse, stringify } = JSON;
  const { freeze, entries, defineProperty } = Object;
  const { isArray } = Array;
  let lastId = 0;
  let returned: { ok: boolean; value: Crossing } | undefined;

  const tell = (message: Message) => {
    apply(dispatchEvent, window, [new CustomEvent(theirs, { detail: stringify(message) })]);
  };

  const leave = (value: unknown): Crossing => {
    if (typeof value === 'function') {
      lastId += 1;
      set(lastId, value as (...args: unknown[]) => unknown);
      return { is: 'function', id: lastId };
    }
    if (value instanceof Promise) {
      lastId += 1;
      const id = lastId;
      apply(then, value, [
        (result: unknown) => tell({ type: 'settle', id, ok: true, value: leave(result) }),
        (error: unknown) => tell({ type: 'settle', id, ok: false, value: leave(wordsOf(error)) }),
      ]);
      return { is: 'promise', id };
    }
    if (isArray(value)) {
      const items: Crossing[] = [];
      for (let index = 0; index < value.length; index += 1) items[index] = leave(value[index]);
      return { is: 'list', items };
    }
    if (typeof value === 'object' && value !== null) {
      const fields: Record<string, Crossing> = {};
      for (const [name, each] of entries(value)) fields[name] = leave(each);
      return { is: 'object', fields };
    }
    return { is: 'value', value };
  };

  const arrive = (crossing: Crossing): unknown => {
    switch (crossing.is) {
      case 'function':
        return (...args: unknown[]) => call(crossing.id, args);
      case 'promise':
        return new Promise((resolve, reject) => waitFor(crossing.id, { resolve, reject }));
      case 'list': {
        const list: unknown[] = [];
        for (let index = 0; index < crossing.items.length; index += 1) {
          list[index] = arrive(crossing.items[index] as Crossing);
        }
        return list;
      }
      case 'object': {
        const object: Record<string, unknown> = {};
        for (const [name, each] of entries(crossing.fields)) object[name] = arrive(each);
        return freeze(object);
      }
      default:
        return crossing.value;
    }
  };

  const call = (id: number, args: unknown[]): unknown => {
    const before = returned;
    returned = undefined;
    const list: Crossing[] = [];
    for (let index = 0; index < args.length; index += 1) list[index] = leave(args[index]);
    tell({ type: 'call', id, args: list });
    const answer = returned as { ok: boolean; value: Crossing } | undefined;
    returned = before;
    if (!answer) throw new Error('The other world does not answer');
    const value = arrive(answer.value);
    if (answer.ok) return value;
    throw new Error(value as string);
  };

  const answer = (id: number, args: Crossing[]) => {
    try {
      const list: unknown[] = [];
      for (let index = 0; index < args.length; index += 1) list[index] = arrive(args[index] as Crossing);
      const value = apply(get(id) as () => unknown, undefined, list);
      tell({ type: 'return', ok: true, value: leave(value) });
    } catch (error) {
      tell({ type: 'return', ok: false, value: leave(wordsOf(error)) });
    }
  };

  const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

  addEventListener(mine, (event) => {
    event.stopImmediatePropagation();
    const message = parse((event as CustomEvent<string>).detail) as Message;
    if (message.type === 'call') answer(message.id, message.args);
    else if (message.type === 'return') returned = message;
    else if (message.type === 'expose') {
      defineProperty(window, message.name, { value: arrive(message.api), enumerable: true });
    } else {
      const promise = waiting(message.id);
      if (message.ok) promise?.resolve(arrive(message.value));
      else promise?.reject(new Error(arrive(message.value) as string));
    }
  });

  return { expose: (name, api) => tell({ type: 'expose', name, api: leave(api) }) };
}
