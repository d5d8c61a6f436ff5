import type { WorldEnd } from './world-end.js';

type Listener = (event: object, ...args: unknown[]) => void;

/** What a preload script is given as the module `electron`. */
interface PreloadElectron {
  contextBridge: { exposeInMainWorld(name: string, api: unknown): void };
  ipcRenderer: {
    invoke(channel: string, ...args: unknown[]): Promise<unknown>;
    on(channel: string, listener: Listener): void;
    removeListener(channel: string, listener: Listener): void;
  };
}

/** What this process calls in a page. */
export interface PreloadHost {
  deliver(channel: string, packedArgs: string): void;
  reply(id: number, ok: boolean, packedValue: string): void;
}

interface Means {
  /** Undefined where the preload script has no world of its own. */
  end: WorldEnd | undefined;
  /** Tells this process. */
  send(text: string): void;
  pack(value: unknown): string;
  unpack(text: string): unknown;
}

/**
 * Runs a preload script. Its source is run in pages: it uses nothing but its arguments.
 * @param preload the script's body as a function of what a CommonJS module gets
 */
export function hostPreload(
  { end, send, pack, unpack }: Means,
  preload: (require: (name: string) => unknown, module: object, exports: object) => void,
): PreloadHost {
  const listeners = new Map<string, Listener[]>();
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let lastId = 0;
  const electron: PreloadElectron = {
    contextBridge: {
      exposeInMainWorld(name, api) {
        if (!end) throw new Error('contextBridge API can only be used when contextIsolation is enabled');
        end.expose(name, api);
      },
    },
    ipcRenderer: {
      invoke(channel, ...args) {
        lastId += 1;
        const id = lastId;
        return new Promise((resolve, reject) => {
          waiting.set(id, { resolve, reject });
          send(pack({ id, channel, args }));
        });
      },
      on(channel, listener) {
        const list = listeners.get(channel) ?? [];
        list.push(listener);
        listeners.set(channel, list);
      },
      removeListener(channel, listener) {
        const list = listeners.get(channel) ?? [];
        listeners.set(
          channel,
          list.filter((each) => each !== listener),
        );
      },
    },
  };
  const require = (name: string) => {
    if (name === 'electron') return electron;
    throw new Error(`module not found: ${name}`);
  };
  const module = { exports: {} };
  preload(require, module, module.exports);
  return {
    deliver(channel, packedArgs) {
      const args = unpack(packedArgs) as unknown[];
      for (const listener of listeners.get(channel) ?? []) listener({}, ...args);
    },
    reply(id, ok, packedValue) {
      const promise = waiting.get(id);
      waiting.delete(id);
      const value = unpack(packedValue);
      if (ok) promise?.resolve(value);
      else promise?.reject(new Error(String(value)));
    },
  };
}
