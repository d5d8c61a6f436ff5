import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** A line that Claude Code said, as it came. */
export type Message = Record<string, unknown> & { type: string };

/** How one process went. */
export interface Recording {
  said: Message[];
  /** Subtypes of what was asked of it, by request id. */
  asked: Map<string, string>;
  /** What it was waited for in vain. */
  missed: string[];
  /** null where it had to be killed */
  exitCode: number | null;
}

type Answer = (request: Record<string, unknown>) => Record<string, unknown> | undefined;

/** How long anything may take, in ms. Generous, for it costs time only where something is missing. */
const patience = 20_000;

/** One Claude Code process that is spoken to in its own protocol, with nothing of ours in between. */
export class Conversation {
  readonly recording: Recording = { said: [], asked: new Map(), missed: [], exitCode: null };
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #exited: Promise<unknown>;
  readonly #answer: Answer;
  readonly #waiting = new Set<() => void>();
  #results = 0;
  #requests = 0;
  #gone = false;

  /** @param answer what is said to a request of its own; nothing where it is undefined */
  constructor(
    executable: string,
    args: string[],
    options: { cwd: string; env: NodeJS.ProcessEnv; answer: Answer },
  ) {
    this.#answer = options.answer;
    this.#child = spawn(executable, args, { cwd: options.cwd, env: options.env, windowsHide: true });
    this.#exited = once(this.#child, 'close').then(([code]) => {
      this.#gone = true;
      this.recording.exitCode = code;
      this.#wake();
    });
    this.#child.stdin.on('error', () => undefined);
    this.#child.stderr.resume();
    createInterface(this.#child.stdout).on('line', (line) => this.#hear(line));
  }

  send(message: object): void {
    if (!this.#gone) this.#child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  prompt(content: unknown, more: object = {}): void {
    const message = { role: 'user', content };
    this.send({ type: 'user', message, parent_tool_use_id: null, session_id: '', ...more });
  }

  /** Asks something of it over the control protocol. */
  async request(subtype: string, more: object = {}): Promise<Message | undefined> {
    const id = `${subtype}-${this.#requests++}`;
    this.recording.asked.set(id, subtype);
    this.send({ type: 'control_request', request_id: id, request: { subtype, ...more } });
    const answers = ({ type, response }: Message) =>
      type === 'control_response' && (response as { request_id?: string })?.request_id === id;
    return this.heard(`an answer to ${subtype}`, answers);
  }

  /** Waits for the next result. */
  async result(): Promise<Message | undefined> {
    this.#results += 1;
    const results = () => this.recording.said.filter(({ type }) => type === 'result');
    await this.#until(`result ${this.#results}`, () => results().length >= this.#results);
    return results()[this.#results - 1];
  }

  async heard(what: string, matches: (message: Message) => boolean): Promise<Message | undefined> {
    await this.#until(what, () => this.recording.said.some(matches));
    return this.recording.said.find(matches);
  }

  /** Closes its input and waits until it is gone. */
  async close(): Promise<void> {
    this.#child.stdin.end();
    await this.#until('the end', () => this.#gone);
    if (!this.#gone) this.#child.kill('SIGKILL');
    await this.#exited;
  }

  #hear(line: string): void {
    let message: Message;
    try {
      message = JSON.parse(line);
    } catch {
      message = { type: 'not JSON' };
    }
    this.recording.said.push(message);
    if (message.type === 'control_request') {
      const response = this.#answer(message.request as Record<string, unknown>);
      const request_id = message.request_id;
      if (response) {
        this.send({ type: 'control_response', response: { subtype: 'success', request_id, response } });
      }
    }
    this.#wake();
  }

  #wake(): void {
    for (const look of this.#waiting) look();
  }

  async #until(what: string, isSo: () => boolean): Promise<void> {
    const isOver = () => isSo() || this.#gone;
    if (!isOver()) {
      const late = new AbortController();
      let look: () => void = () => undefined;
      const told = new Promise<void>((resolve) => {
        look = () => isOver() && resolve();
        this.#waiting.add(look);
      });
      await Promise.race([told, sleep(patience, undefined, { signal: late.signal }).catch(() => undefined)]);
      late.abort();
      this.#waiting.delete(look);
    }
    if (!isSo()) this.recording.missed.push(what);
  }
}
