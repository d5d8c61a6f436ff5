import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentSessionId, type Failure, type JsonObject } from '@agentfleet/contract';
import { killTree } from '../../processes/kill-tree.js';
import type { AgentEvent, AgentListener, AgentOutcome, AgentRequest, AgentSession } from '../agent.js';
import { sessionArguments } from './arguments.js';
import { answerTo, interruptRequest, isControl, userMessage, withdrawnRequest } from './control.js';
import { childEnvironment } from './environment.js';
import { parseLine, string } from './json.js';
import { LineReader } from './line-reader.js';
import type { Executable } from './locate.js';
import { crashFailure, emptyOutcome, failure, outcomeFailure, readResult } from './outcome.js';
import { type AskedPermission, askedPermission } from './permission.js';
import { made, partialOf, translate } from './translate.js';

/** How long the CLI may take to follow an interrupt, and then a SIGINT, before force is used, in ms. */
const patience = 3_000;
const stderrTail = 8_000;

interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** Spawns a session. Never throws: what goes wrong is the session's outcome. */
export function startSession(
  executable: Executable,
  env: NodeJS.ProcessEnv,
  request: AgentRequest,
  listener: AgentListener,
): AgentSession {
  const args = [...executable.args, ...sessionArguments(request, listener.partial !== undefined)];
  try {
    const child = spawn(executable.file, args, {
      cwd: request.cwd,
      env: childEnvironment(env, request.runId),
      stdio: 'pipe',
      windowsHide: true,
    });
    if (child.pid !== undefined) return new ClaudeSession(child, request, listener);
    // Not spawned: it has no streams to speak of, and the reason comes as an event.
    const reason = once(child, 'error').then(([error]) => spawnFailure(error, request.cwd));
    return failedSession(reason, listener);
  } catch (error) {
    return failedSession(spawnFailure(error, request.cwd), listener);
  }
}

/** A session that never began. */
export function failedSession(reason: Failure | Promise<Failure>, listener: AgentListener): AgentSession {
  const end = async (): Promise<AgentOutcome> => {
    const why = await reason;
    listener.event(made('error', why.message, { code: why.code }));
    return { ...emptyOutcome, status: 'FAILED', failure: why };
  };
  const done = end();
  return { done, interrupt: () => {}, stop: () => done.then(() => {}) };
}

/**
 * One running CLI. It goes: spawned → prompted → (messages) → first `result`, which closes stdin → exit → sweep of
 * whatever is left by the marker → done. `stop` may enter anywhere before the exit and hurries it: interrupt, then
 * SIGINT, then force. The CLI's shell commands run in sessions of their own, so only the first two let it end them
 * itself; force therefore walks the tree before anything in it dies.
 */
class ClaudeSession implements AgentSession {
  readonly done: Promise<AgentOutcome>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #request: AgentRequest;
  readonly #listener: AgentListener;
  readonly #exited: Promise<Exit>;
  readonly #hurry = new AbortController();
  #hasExited = false;
  /** Events from before `init` wait for it, so that every log begins with `session started`. */
  #early: AgentEvent[] | null = [];
  #sessionId: string | null = null;
  #result: JsonObject | null = null;
  #loginTrouble = false;
  #stderr = '';
  #interrupts = 0;
  /** What the CLI asked for and still waits for, by its name for it. */
  readonly #asked = new Map<string, AbortController>();
  #stop: { failure: Failure | null; finished: Promise<void> } | null = null;

  constructor(child: ChildProcessWithoutNullStreams, request: AgentRequest, listener: AgentListener) {
    this.#child = child;
    this.#request = request;
    this.#listener = listener;
    const reader = new LineReader({
      line: (line) => this.#read(line),
      oversized: (bytes) =>
        this.#emit(made('error', `a line of ${bytes} bytes was too long to read`, { bytes })),
    });
    child.stdout.on('data', (chunk: Buffer) => reader.push(chunk));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-stderrTail);
    });
    // A CLI that ended closes its stdin; its exit tells the rest.
    child.stdin.on('error', () => {});
    const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
    this.#exited = new Promise<Exit>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    // After a spawn this only tells of a signal that could not be sent; the next step of the stop follows anyway.
    child.on('error', () => {});
    this.#send(userMessage(request.prompt));
    this.done = this.#finish(closed, reader);
  }

  interrupt(): void {
    this.#interrupts += 1;
    this.#send(interruptRequest(`interrupt_${this.#interrupts}`));
  }

  stop(why?: Failure): Promise<void> {
    if (this.#stop) this.#hurry.abort();
    else this.#stop = { failure: why ?? null, finished: this.#end() };
    return this.#stop.finished;
  }

  async #end(): Promise<void> {
    this.interrupt();
    await this.#patiently();
    // On Windows a signal is the same as ending the process, and would orphan its children.
    if (!this.#hasExited && process.platform !== 'win32') {
      this.#child.kill('SIGINT');
      await this.#patiently();
    }
    if (!this.#hasExited) await this.#sweep(this.#child.pid ?? null);
    await this.done;
  }

  async #patiently(): Promise<void> {
    const waited = sleep(patience, undefined, { signal: this.#hurry.signal, ref: false }).catch(() => {});
    await Promise.race([this.#exited, waited]);
  }

  async #finish(closed: Promise<void>, reader: LineReader): Promise<AgentOutcome> {
    const exit = await this.#exited;
    this.#hasExited = true;
    for (const waiting of this.#asked.values()) waiting.abort();
    // What is left may also hold the other end of stdout, and `close` would come late or, where it cannot be found
    // (Windows), never: what the CLI itself wrote has long been read by then.
    await this.#sweep(null);
    await Promise.race([closed, sleep(patience, undefined, { ref: false })]);
    this.#child.stdout.destroy();
    this.#child.stderr.destroy();
    reader.end();
    return this.#outcome(exit);
  }

  #outcome(exit: Exit): AgentOutcome {
    const base = {
      ...emptyOutcome,
      ...(this.#result ? readResult(this.#result) : {}),
      agentSessionId: this.#sessionId,
    };
    const why = this.#failure(exit);
    if (why && !this.#stop && !this.#result) this.#emit(made('error', why.message, { code: why.code }));
    this.#flushEarly();
    if (this.#stop) {
      const { failure: reason } = this.#stop;
      return { ...base, status: reason ? 'FAILED' : 'CANCELLED', failure: reason };
    }
    if (why === null) return { ...base, status: 'SUCCEEDED', failure: null };
    if (this.#interrupts > 0) return { ...base, status: 'CANCELLED', failure: null };
    return { ...base, status: 'FAILED', failure: why };
  }

  #failure(exit: Exit): Failure | null {
    if (this.#stop) return this.#stop.failure;
    if (!this.#result) return crashFailure(exit.code, exit.signal, this.#stderr);
    const why = outcomeFailure(this.#result);
    return why?.code === 'agent_error' && this.#loginTrouble ? { ...why, code: 'agent_not_logged_in' } : why;
  }

  #read(line: string): void {
    if (line.trim() === '') return;
    const message = parseLine(line);
    if (!message) {
      this.#emit(made('system', line, { line }));
      return;
    }
    const asked = askedPermission(message, this.#request.cwd, this.#request.permissionModes);
    if (asked) void this.#ask(asked);
    else this.#answer(message);
    if (isControl(message)) {
      const partial = partialOf(message);
      if (partial) this.#listener.partial?.(partial);
      return;
    }
    this.#noteSession(message);
    if (message.error === 'authentication_failed') this.#loginTrouble = true;
    const begins = message.type === 'system' && message.subtype === 'init';
    // The CLI says `init` once per turn; only the first begins the session.
    if (begins && this.#early === null) return;
    const events = translate(message, this.#request.cwd);
    if (begins) {
      for (const event of events) this.#listener.event(event);
      this.#flushEarly();
    } else {
      for (const event of events) this.#emit(event);
    }
    if (message.type === 'result') {
      this.#result = message;
      this.#child.stdin.end();
    }
  }

  #answer(message: JsonObject): void {
    const answer = answerTo(message);
    if (answer) this.#send(answer);
    this.#asked.get(withdrawnRequest(message) ?? '')?.abort();
  }

  async #ask({ request, answer }: AskedPermission): Promise<void> {
    const waiting = new AbortController();
    this.#asked.set(request.requestId, waiting);
    const given = await this.#listener.permission(request, waiting.signal);
    this.#asked.delete(request.requestId);
    if (!waiting.signal.aborted) this.#send(answer(given));
  }

  #noteSession(message: JsonObject): void {
    const id = AgentSessionId.safeParse(string(message.session_id));
    // A hook may speak before `init` and already name the session; the first name is the one to resume.
    if (!id.success || this.#sessionId !== null) return;
    this.#sessionId = id.data;
    this.#listener.sessionId(id.data);
  }

  #emit(event: AgentEvent): void {
    if (this.#early) this.#early.push(event);
    else this.#listener.event(event);
  }

  #flushEarly(): void {
    const early = this.#early ?? [];
    this.#early = null;
    for (const event of early) this.#listener.event(event);
  }

  #send(message: JsonObject): void {
    if (this.#child.stdin.writable) this.#child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  async #sweep(pid: number | null): Promise<void> {
    try {
      await killTree(pid, this.#request.runId);
    } catch (error) {
      this.#emit(made('error', error instanceof Error ? error.message : String(error), {}));
    }
  }
}

/** A spawn fails alike for a missing directory and a missing executable: only a look tells them apart. */
function spawnFailure(error: unknown, cwd: string): Failure {
  if (!existsSync(cwd)) return failure('directory_not_found', `“${cwd}” does not exist on this runner.`);
  const reason = error instanceof Error ? error.message : String(error);
  return failure('agent_not_found', `Claude Code could not be started: ${reason}`);
}
