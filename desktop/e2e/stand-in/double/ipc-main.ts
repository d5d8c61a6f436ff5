import { EventEmitter } from 'node:events';
import type { WebContents } from './web-contents.js';

export interface SendingFrame {
  url: string;
  /** Null for the page itself. */
  parent: SendingFrame | null;
}

type Handler = (
  event: { sender: WebContents; senderFrame: SendingFrame | null },
  ...args: unknown[]
) => unknown;

class IpcMain extends EventEmitter {
  readonly #handlers = new Map<string, Handler>();

  handle(channel: string, handler: Handler): void {
    if (this.#handlers.has(channel))
      throw new Error(`Attempted to register a second handler for '${channel}'`);
    this.#handlers.set(channel, handler);
  }

  /** Carries out what a page asked. */
  async invoke(
    channel: string,
    sender: WebContents,
    senderFrame: SendingFrame | null,
    args: unknown[],
  ): Promise<unknown> {
    const handler = this.#handlers.get(channel);
    if (!handler) throw new Error(`No handler registered for '${channel}'`);
    return handler({ sender, senderFrame }, ...args);
  }
}

export const ipcMain = new IpcMain();
