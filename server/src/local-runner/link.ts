import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { RunnerAddress, type RunnerAsked, RunnerSays } from '@agentfleet/contract';

/** How long a runner may take to say hello, ms: one that is stopped never does. */
const helloMs = 5_000;

type Hello = Extract<RunnerSays, { type: 'hello' }>;

/** The server's end of the talk with a local runner that lives (contract/local-runner.ts). */
export class RunnerLink {
  readonly hello: Hello;
  /** Resolves when the runner has ended, or has cut us off. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;

  constructor(socket: Socket, hello: Hello) {
    this.#socket = socket;
    this.hello = hello;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    if (socket.destroyed) this.closed = Promise.resolve();
  }

  ask(asked: RunnerAsked): void {
    if (this.#socket.writable) this.#socket.write(`${JSON.stringify(asked)}\n`);
  }

  leave(): void {
    this.#socket.destroy();
  }
}

/**
 * Comes to the runner that holds a directory.
 * @param onLine what it says, once it is attended
 * @returns `none` where no runner lives, `silent` where one does not talk: it was started by hand, or is stopped
 */
export async function reachRunner(
  runnerDir: string,
  onLine: (line: string) => void,
): Promise<RunnerLink | 'none' | 'silent'> {
  const address = readAddress(runnerDir);
  const socket = address === undefined ? undefined : await connected(address);
  if (!socket) return 'none';
  const hello = await new Promise<Hello | undefined>((resolve) => {
    const timer = setTimeout(() => resolve(undefined), helloMs);
    socket.once('close', () => resolve(undefined));
    // It passes on what goes wrong with its input; `close` tells that too.
    const reader = createInterface(socket).on('error', () => undefined);
    reader.on('line', (text) => {
      const said = read(text);
      if (said?.type === 'hello') resolve(said);
      // A terminal obeys control characters.
      else if (said?.type === 'line') onLine(said.text.replace(/\p{Cc}/gu, ''));
      clearTimeout(timer);
    });
  });
  if (hello) return new RunnerLink(socket, hello);
  socket.destroy();
  return 'silent';
}

function readAddress(runnerDir: string): string | undefined {
  try {
    return RunnerAddress.parse(JSON.parse(readFileSync(join(runnerDir, 'runner.json'), 'utf8'))).address;
  } catch {
    return undefined;
  }
}

function connected(address: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(address, () => resolve(socket));
    // Refused, or later cut: `close` tells the same.
    socket.on('error', () => resolve(undefined));
  });
}

function read(text: string): RunnerSays | undefined {
  try {
    return RunnerSays.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
