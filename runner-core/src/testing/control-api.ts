import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type AppendEvents,
  type Claim,
  type ClaimedRun,
  type Command,
  type Decision,
  type Event,
  eventDigestInput,
  type FinishRun,
  type HeldLease,
  type OwnPause,
  type RequestApproval,
  type RequestedApproval,
  type RouteName,
  type RunnerPause,
  type SendPartial,
} from '@agentfleet/contract';
import { type Fault, type Received, receive, send } from './control-api-http.js';

/** What a command says, each kind for itself. */
type Unnamed<Kind> = Kind extends Command ? Omit<Kind, 'id'> : never;

/** A run as the API knows it. */
interface StoredRun {
  run: ClaimedRun;
  /** Tokens of its attempts. */
  known: string[];
  state: 'QUEUED' | 'CLAIMED' | 'RUNNING' | 'ENDED';
  events: Event[];
  finish: FinishRun | undefined;
  stalled: boolean;
}

/**
 * The runner's side of the control API in memory, on loopback, for faults that the real server cannot be made to
 * have on demand. It keeps the contract's rules: tokens, gaps, conflicts, checksums, commands until acknowledged.
 */
export class TestControlApi {
  readonly received: Received[] = [];
  readonly runs = new Map<string, StoredRun>();
  readonly commands: Command[] = [];
  /** Runs that somebody watches. */
  readonly watched = new Set<string>();
  /** What has arrived of texts that are being produced, by run and block. */
  readonly texts = new Map<string, string>();
  /** Whether it answers as servers did that named only stale runs and told no time but at the registration. */
  isOld = false;
  /** How far its clock is ahead of this machine's, ms. */
  aheadMs = 0;
  /** What runners that enrol are given; undefined as servers did that knew nothing of it. */
  credential: string | undefined;
  /** Undefined as of servers that tell of no pause. */
  pause: RunnerPause | null | undefined;
  heartbeatMs = 10_000;
  leaseMs = 45_000;
  /** Asked before each request; what it gives is answered instead. */
  fault: (request: Received) => Fault | undefined = () => undefined;
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #approvals = new Map<string, RequestedApproval>();
  #wake = new Set<() => void>();
  #made = 0;

  async listen(port = 0): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Goes away, with every open connection, as a killed server does. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  /** Queues a run. */
  launch(more: Partial<ClaimedRun> = {}): ClaimedRun {
    this.#made += 1;
    const id = `clrtest${String(this.#made).padStart(8, '0')}`;
    const run: ClaimedRun = {
      id,
      token: tokenOf(id, 1),
      attempt: 1,
      threadId: id,
      input: 'go',
      cwd: process.cwd(),
      permissionMode: 'default',
      model: null,
      resumeSessionId: null,
      timeoutSec: null,
      stallSec: null,
      maxTurns: null,
      maxBudgetUsd: null,
      leaseExpiresAt: new Date().toISOString(),
      mayRunAgain: false,
      lastSeq: 0,
      ...more,
    };
    this.runs.set(run.id, {
      run,
      known: [run.token],
      state: 'QUEUED',
      events: [],
      finish: undefined,
      stalled: false,
    });
    this.ring();
    return run;
  }

  /** Gives a run to its next attempt, as after a lost lease. */
  requeue(id: string): void {
    const stored = this.stored(id);
    const attempt = stored.run.attempt + 1;
    stored.run = { ...stored.run, attempt, token: tokenOf(id, attempt), lastSeq: stored.events.length };
    stored.known.push(stored.run.token);
    stored.state = 'QUEUED';
    this.ring();
  }

  /** Its database is one from before the run was launched. */
  forget(id: string): void {
    this.runs.delete(id);
  }

  /** Its database is one from before the run was claimed. */
  restore(id: string): void {
    const stored = this.stored(id);
    stored.run = { ...stored.run, attempt: 1, token: tokenOf(`${id}_again`, 1), lastSeq: 0 };
    stored.known = [stored.run.token];
    stored.events = [];
    stored.state = 'QUEUED';
    this.ring();
  }

  cancel(runId: string): void {
    this.#command({ runId, kind: 'cancel' });
  }

  /** A person decides about what a session asked. */
  decide(runId: string, requestId: string, decision: Decision): void {
    const approval = this.approval(runId, requestId);
    if (!approval) throw new Error(`${runId} did not ask for ${requestId}`);
    approval.state = decision.decision === 'allow' ? 'allowed' : 'denied';
    approval.decision = decision;
    this.#command({ runId, kind: 'decision', requestId, decision });
  }

  approval(runId: string, requestId: string): RequestedApproval | undefined {
    return this.#approvals.get(`${runId} ${requestId}`);
  }

  #command(command: Unnamed<Command>): void {
    this.commands.push({ id: `cmd_test${String(this.commands.length).padStart(8, '0')}`, ...command });
    this.ring();
  }

  #approve(runId: string, { requestId, waitSec, withdrawn }: RequestApproval): RequestedApproval {
    const name = `${runId} ${requestId}`;
    const made: RequestedApproval = {
      id: `apr_test${String(this.#approvals.size).padStart(8, '0')}`,
      state: 'waiting',
      expiresInMs: waitSec * 1_000,
      decision: null,
    };
    const approval = this.#approvals.get(name) ?? made;
    if (withdrawn && approval.state === 'waiting') approval.state = 'withdrawn';
    this.#approvals.set(name, approval);
    return approval;
  }

  stored(id: string): StoredRun {
    const stored = this.runs.get(id);
    if (!stored) throw new Error(`There is no run ${id}`);
    return stored;
  }

  requests(route: RouteName): Received[] {
    return this.received.filter((request) => request.route === route);
  }

  /** Ends the wait of open claims. */
  ring(): void {
    for (const wake of this.#wake) wake();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const received = await receive(request);
    if (!received) return void response.writeHead(404).end();
    this.received.push(received);
    const fault = this.fault(received);
    if (fault && !fault.cut) return send(response, fault);
    const answer = await this.#answer(received, response);
    if (fault?.cut) response.socket?.destroy();
    else send(response, answer);
  }

  async #answer({ route, id, headers, body }: Received, response: ServerResponse): Promise<object> {
    switch (route) {
      case 'registerRunner':
        return {
          id: 'run_test00000001',
          heartbeatMs: this.heartbeatMs,
          leaseMs: this.leaseMs,
          serverTime: this.#time(),
          pause: this.pause,
          ...(this.credential !== undefined &&
            headers['agentfleet-enrolment'] && { credential: this.credential }),
        };
      case 'heartbeat':
        return { ...this.#status(body as unknown as Claim), ...this.#timeUnlessOld() };
      case 'claim':
        return this.#claim(body as unknown as Claim, response);
      case 'pauseOwn':
        return this.#pauseOwn(body as unknown as OwnPause);
      case 'answerInquiry':
        return { text: '{}' };
      case 'startRun':
        return this.#withToken(id, body, (stored) => {
          stored.state = 'RUNNING';
          return this.#timeUnlessOld();
        });
      case 'appendEvents':
        return this.#withToken(id, body, (stored) => append(stored, body as unknown as AppendEvents));
      case 'requestApproval':
        return this.#withToken(id, body, () => this.#approve(id, body as unknown as RequestApproval));
      case 'sendPartial':
        return this.#withToken(id, body, () => this.#partial(id, body as unknown as SendPartial));
      case 'finishRun':
        return this.#withToken(id, body, (stored) => finish(stored, body as unknown as FinishRun));
      default:
        return { status: 404 };
    }
  }

  #pauseOwn({ paused, forSec }: OwnPause): object {
    if (this.pause === undefined) return { status: 404, code: 'NOT_FOUND' };
    const at = Date.now();
    const until = forSec ? new Date(at + forSec * 1_000).toISOString() : null;
    this.pause = paused
      ? { at: new Date(at).toISOString(), by: null, atMachine: true, until, note: null }
      : null;
    this.ring();
    return { pause: this.pause };
  }

  #status({ leases, acknowledged = [] }: Claim) {
    for (const id of acknowledged) {
      const index = this.commands.findIndex((command) => command.id === id);
      if (index !== -1) this.commands.splice(index, 1);
    }
    const stale = leases.filter(({ runId, token }) => this.runs.get(runId)?.run.token !== token);
    const watched = leases.map(({ runId }) => runId).filter((id) => this.watched.has(id));
    const unknown = stale.filter(({ runId, token }) => !this.runs.get(runId)?.known.includes(token));
    const idsOf = (leases: HeldLease[]) => leases.map(({ runId }) => runId);
    return {
      stale: idsOf(stale),
      ...(stale.length > 0 && !this.isOld && { unknown: idsOf(unknown) }),
      commands: [...this.commands],
      pause: this.pause,
      watched,
    };
  }

  #time(): string {
    return new Date(Date.now() + this.aheadMs).toISOString();
  }

  #timeUnlessOld(): { serverTime?: string } {
    return this.isOld ? {} : { serverTime: this.#time() };
  }

  #partial(id: string, { block, offset, text }: SendPartial): object {
    const key = `${id} ${block}`;
    const known = this.texts.get(key) ?? '';
    if (offset <= known.length) this.texts.set(key, known.slice(0, offset) + text);
    return { watched: this.watched.has(id), have: this.texts.get(key)?.length ?? 0 };
  }

  async #claim(claim: Claim, response: ServerResponse): Promise<object> {
    const deadline = performance.now() + claim.waitSec * 1_000;
    for (;;) {
      const held = claim.leases.map(({ token }) => token);
      const again = [...this.runs.values()].filter(
        ({ state, run }) => state === 'CLAIMED' && !held.includes(run.token),
      );
      const queued = [...this.runs.values()].filter(({ state }) => state === 'QUEUED');
      const taken = [...again, ...(claim.draining || this.pause ? [] : queued.slice(0, claim.slots))];
      const status = this.#status(claim);
      const left = deadline - performance.now();
      const news = claim.watched !== undefined && claim.watched.join() !== status.watched.join();
      const isOther = claim.pausedAt !== undefined && claim.pausedAt !== (this.pause?.at ?? null);
      const isWorth =
        isOther || taken.length > 0 || status.stale.length > 0 || status.commands.length > 0 || news;
      if (isWorth || left <= 0 || response.destroyed) {
        if (!response.destroyed) for (const stored of taken) stored.state = 'CLAIMED';
        return { ...status, runs: taken.map(({ run }) => run) };
      }
      await this.#ringing(left, response);
    }
  }

  #ringing(ms: number, response: ServerResponse): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#wake.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#wake.add(done);
      response.once('close', done);
    });
  }

  #withToken(id: string, body: Record<string, unknown>, work: (stored: StoredRun) => object): object {
    const stored = this.runs.get(id);
    if (!stored) return { status: 404, code: 'NOT_FOUND' };
    return stored.run.token === body.token ? work(stored) : { status: 409, code: 'STALE_ATTEMPT' };
  }
}

function append(stored: StoredRun, { events, stalled = false }: AppendEvents): object {
  const { length } = stored.events;
  const [first] = events;
  if (first && first.seq > length + 1) return { status: 409, code: 'EVENT_GAP', lastSeq: length };
  const differs = events.some((event) => {
    const known = stored.events[event.seq - 1];
    return known !== undefined && digestOf(known) !== digestOf(event);
  });
  if (differs) return { status: 409, code: 'EVENT_CONFLICT' };
  stored.events.push(...events.filter((event) => event.seq > length));
  stored.stalled = stalled;
  return { lastSeq: stored.events.length };
}

function finish(stored: StoredRun, request: FinishRun): object {
  const own = stored.events.filter((event) => event.seq > stored.run.lastSeq);
  const sum = own.reduce((total, event) => total + digestOf(event), 0);
  if (stored.events.length < request.lastSeq) {
    return { status: 409, code: 'LOG_INCOMPLETE', lastSeq: stored.events.length };
  }
  if (stored.events.length > request.lastSeq || sum !== request.logChecksum) {
    return { status: 409, code: 'LOG_INCOMPLETE', lastSeq: stored.run.lastSeq };
  }
  stored.finish = request;
  stored.state = 'ENDED';
  return { text: JSON.stringify({ id: stored.run.id, status: request.status }) };
}

const digestOf = (event: Event) =>
  createHash('sha256').update(eventDigestInput(event)).digest().readInt32BE(0);

const tokenOf = (id: string, attempt: number) => `att_${id}_${attempt}`.padEnd(30, '0');
