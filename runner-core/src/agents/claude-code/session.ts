import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentSessionId, type Failure, type JsonObject } from '@agentfleet/contract';
import { lateTimer } from '../../late-timer.js';
import { killTree } from '../../processes/kill-tree.js';
import { spawnSession } from '../../processes/session-process.js';
import type { AgentListener, AgentOutcome, AgentRequest, AgentSession } from '../agent.js';
import { sessionArguments } from './arguments.js';
import { answerTo, interruptRequest, isControl, userMessage, withdrawnRequest } from './control.js';
import { EarlyEvents } from './early-events.js';
import { childEnvironment } from './environment.js';
import { framesOf } from './framing.js';
import { string } from './json.js';
import { LineReader } from './line-reader.js';
import type { Executable } from './locate.js';
import { crashFailure, emptyOutcome, failure, readResult } from './outcome.js';
import { type AskedPermission, askedPermission } from './permission.js';
import type { SessionFigures } from './session-figures.js';
import { ShownPlans } from './shown-plans.js';
import { made, partialOf, translate } from './translate.js';
import { Turns } from './turns.js';
import { Verdicts } from './verdicts.js';

/** How long the CLI may take to follow an interrupt, and then a SIGINT, before force is used, in ms. */
const patience = 3_000;
/** How long the CLI may take to exit once its session is over, ms. */
const exitMs = 15_000;
/** How long after something in the background has ended the CLI may take to begin the turn that follows from it, ms. */
const settleMs = 2_000;
const stderrTail = 8_000;

interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** Spawns a session. Never throws: what goes wrong is the session's outcome. */
export function startSession(
  executable: Executable,
  environment: NodeJS.ProcessEnv,
  request: AgentRequest,
  listener: AgentListener,
  figures: SessionFigures,
): AgentSession {
  const args = [...executable.args, ...sessionArguments(request, listener.partial !== undefined)];
  try {
    const env = childEnvironment(environment, request.runId);
    const child = spawnSession(executable.file, args, { cwd: request.cwd, env }, request.runId);
    if (child.pid !== undefined) return new ClaudeSession(child, request, listener, figures);
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
 * One running CLI. It goes: spawned → prompted → turns → over, when no turn goes on or is queued, nothing is left in the
 * background and nobody is asked → stdin closes → exit, by force after a while → sweep of whatever is left by the marker →
 * done. `stop` may enter anywhere before the exit and hurries it: interrupt, then SIGINT, then force. The CLI's shell
 * commands run in sessions of their own, so only the first two let it end them itself; force therefore walks the tree
 * before anything in it dies.
 */
class ClaudeSession implements AgentSession {
  readonly done: Promise<AgentOutcome>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #request: AgentRequest;
  readonly #listener: AgentListener;
  readonly #events: EarlyEvents;
  readonly #turns = new Turns();
  readonly #verdicts: Verdicts;
  readonly #plans = new ShownPlans();
  readonly #figures: SessionFigures;
  readonly #exited: Promise<Exit>;
  readonly #hurry = new AbortController();
  #hasExited = false;
  #hasBegun = false;
  #sessionId: string | null = null;
  /** Says that a line was too long to read, for it may have been the result; empty where all were read. */
  #unread = '';
  #stderr = '';
  #interrupts = 0;
  /** What the CLI asked for and still waits for, by its name for it. */
  readonly #asked = new Map<string, AbortController>();
  /** It was said what the session waits for. */
  #waitsForTasks = false;
  #settling: NodeJS.Timeout | undefined;
  /** Set once stdin is closed because the session is over: nothing opens it again. Takes the end by force back. */
  #leaving: (() => void) | undefined;
  #stop: { failure: Failure | null; leftovers: boolean; finished: Promise<void> } | null = null;

  constructor(
    child: ChildProcessWithoutNullStreams,
    request: AgentRequest,
    listener: AgentListener,
    figures: SessionFigures,
  ) {
    this.#child = child;
    this.#request = request;
    this.#verdicts = new Verdicts(request);
    this.#listener = listener;
    this.#events = new EarlyEvents((event) => listener.event(event));
    this.#figures = figures;
    const reader = new LineReader({
      line: (line) => this.#read(line),
      oversized: (bytes) => {
        this.#unread = `A line of ${bytes} bytes was too long to read.`;
        this.#events.add(made('error', this.#unread, { bytes }));
      },
    });
    child.stdout.on('data', (chunk: Buffer) => {
      listener.alive?.();
      reader.push(chunk);
    });
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
    if (figures.question) this.#send(figures.question);
    this.#send(userMessage(request.prompt));
    this.done = this.#finish(closed, reader);
  }

  interrupt(): void {
    this.#interrupts += 1;
    this.#send(interruptRequest(`interrupt_${this.#interrupts}`));
  }

  stop(why?: Failure): Promise<void> {
    if (this.#stop) this.#hurry.abort();
    else {
      // A limit that ends what an answered session left running takes nothing from its answer.
      const leftovers = why !== undefined && this.#isAnswered;
      this.#stop = { failure: why ?? null, leftovers, finished: this.#end() };
    }
    return this.#stop.finished;
  }

  async #end(): Promise<void> {
    this.interrupt();
    if (!this.#turns.inTurn) this.#child.stdin.end();
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
    this.#stay();
    this.#leaving?.();
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
    const { result, text } = this.#turns;
    const base = {
      ...emptyOutcome,
      ...(result ? readResult({ ...result, ...(text !== null && { result: text }) }) : {}),
      ...this.#figures.figures,
      agentSessionId: this.#sessionId,
    };
    const why = this.#failure(exit);
    if (why && !this.#stop && !result) this.#events.add(made('error', why.message, { code: why.code }));
    this.#events.flush();
    if (this.#stop && !this.#stop.leftovers) {
      const { failure: reason } = this.#stop;
      if (!reason) return { ...base, status: 'CANCELLED', failure: null };
      const message = result || this.#unread === '' ? reason.message : `${reason.message} ${this.#unread}`;
      return { ...base, status: 'FAILED', failure: { ...reason, message } };
    }
    if (why === null) return { ...base, status: 'SUCCEEDED', failure: null };
    if (this.#interrupts > 0) return { ...base, status: 'CANCELLED', failure: null };
    return { ...base, status: 'FAILED', failure: why };
  }

  #failure(exit: Exit): Failure | null {
    const { result } = this.#turns;
    if (!result) return crashFailure(exit.code, exit.signal, this.#stderr, this.#unread);
    return this.#verdicts.of(result);
  }

  /** Whether nothing but what runs in the background keeps it from being over with a good result. */
  get #isAnswered(): boolean {
    const { result, inTurn } = this.#turns;
    const isOver = this.#leaving !== undefined || !inTurn;
    return result !== null && isOver && this.#verdicts.of(result) === null;
  }

  #read(line: string): void {
    for (const frame of framesOf(line)) {
      if ('message' in frame) this.#take(frame.message);
      else this.#events.add(made('system', frame.text, { line: frame.text }));
    }
  }

  #take(said: JsonObject): void {
    const message = this.#figures.read(said);
    // What a session does that is being ended after its answer changes nothing of that.
    if (!this.#stop?.leftovers) this.#turns.read(message);
    this.#verdicts.read(message);
    this.#plans.read(message);
    this.#noteSession(message);
    const { cwd, permissionModes } = this.#request;
    const asked = askedPermission(message, cwd, permissionModes, this.#plans);
    if (asked && this.#stop)
      this.#send(asked.answer({ allow: false, reason: 'The session is being ended.' }));
    else if (asked) void this.#ask(asked);
    else this.#answer(message);
    if (isControl(message)) {
      const partial = partialOf(message);
      if (partial) this.#listener.partial?.(partial);
    } else this.#tell(message);
    this.#lookWhetherOver();
  }

  #tell(message: JsonObject): void {
    const begins = isInit(message);
    // The CLI says `init` once per turn; only the first begins the session.
    if (begins && this.#hasBegun) return;
    const events = translate(message, this.#request.cwd, this.#verdicts.of(message));
    if (begins) {
      this.#hasBegun = true;
      this.#events.begin(events);
    } else for (const event of events) this.#events.add(event);
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
    this.#lookWhetherOver();
  }

  /** The newest id is the one to resume: a command may have begun another conversation. */
  #noteSession(message: JsonObject): void {
    // A hook may speak before `init` and already name the session. Later only these know which one is the newest.
    if (this.#hasBegun && !isInit(message) && message.type !== 'result') return;
    const id = AgentSessionId.safeParse(string(message.session_id));
    if (!id.success || this.#sessionId === id.data) return;
    this.#sessionId = id.data;
    this.#listener.sessionId(id.data);
  }

  /** Closes stdin when the session is over; nothing else ends a session by itself. */
  #lookWhetherOver(): void {
    if (this.#hasExited || this.#leaving) return;
    const { inTurn, tasks } = this.#turns;
    if (inTurn || tasks.size > 0 || this.#asked.size > 0) this.#stay();
    if (inTurn) this.#waitsForTasks = false;
    else if (this.#stop) this.#child.stdin.end();
    else if (tasks.size > 0) this.#sayWhatIsLeft(tasks.descriptions);
    else if (this.#asked.size === 0) {
      // What follows from the end of something in the background is queued nowhere for a moment.
      if (tasks.everInBackground) this.#settling ??= setTimeout(() => this.#leave(), settleMs);
      else this.#leave();
    }
  }

  #stay(): void {
    clearTimeout(this.#settling);
    this.#settling = undefined;
  }

  /** Once for each time it waits, so that people see why a session with an answer goes on. */
  #sayWhatIsLeft(left: string[]): void {
    if (this.#waitsForTasks) return;
    this.#waitsForTasks = true;
    const line = `waiting for what runs in the background: ${left.join(', ')}`;
    this.#events.add(made('system', line, { type: 'waiting_for_tasks', tasks: left }));
  }

  #leave(): void {
    this.#child.stdin.end();
    this.#leaving = lateTimer(() => {
      const line = `Claude Code did not exit within ${exitMs / 1_000} seconds of its end. Ending it.`;
      this.#events.add(made('system', line, { type: 'exit_overdue' }));
      void this.#sweep(this.#child.pid ?? null);
    }, exitMs);
  }

  #send(message: JsonObject): void {
    if (this.#child.stdin.writable) this.#child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  async #sweep(pid: number | null): Promise<void> {
    try {
      await killTree(pid, this.#request.runId);
    } catch (error) {
      this.#events.add(made('error', error instanceof Error ? error.message : String(error), {}));
    }
  }
}

const isInit = ({ type, subtype }: JsonObject) => type === 'system' && subtype === 'init';

/** A spawn fails alike for a missing directory and a missing executable: only a look tells them apart. */
function spawnFailure(error: unknown, cwd: string): Failure {
  if (!existsSync(cwd)) return failure('directory_not_found', `“${cwd}” does not exist on this runner.`);
  const reason = error instanceof Error ? error.message : String(error);
  return failure('agent_not_found', `Claude Code could not be started: ${reason}`);
}
