import { createHash, randomUUID } from 'node:crypto';
import {
  type ClaimedRun,
  type Decision,
  type Event,
  eventDigestInput,
  type FinishRunInput,
  type JsonObject,
  type RegisterRunner,
} from '@agentfleet/contract';
import { ControlPlane } from '@agentfleet/runner-core';
import type { Fleet } from '../../../runner-core/e2e/fleet.js';

/** An event without what the log gives it. */
export type Said = Pick<Event, 'kind' | 'message'> & { data?: Event['data']; at?: string };

/** A run in the hands of a scripted runner. */
export class HeldRun {
  #seq = 0;
  #checksum = 0;
  /** Whether it was finished. */
  over = false;

  constructor(
    private readonly control: ControlPlane,
    readonly run: ClaimedRun,
    private readonly runner: ScriptedRunner,
  ) {}

  /** Appends events as they happen. */
  async say(...said: Said[]): Promise<void> {
    const events = said.map(({ data = null, at = new Date().toISOString(), ...rest }) => {
      this.#seq += 1;
      return { ...rest, seq: this.#seq, data, at };
    });
    for (const event of events) this.#checksum += digestOf(event);
    await this.control.call('appendEvents', { id: this.run.id, body: { token: this.run.token, events } });
  }

  /** Calls a tool that a person has to allow, and says so in the log. */
  async ask({
    tool,
    message,
    input,
    sessionGrant = null,
    waitSec = 600,
    inLog = true,
  }: Asked): Promise<Asking> {
    const requestId = randomUUID();
    const toolUseId = `toolu_${requestId}`;
    if (inLog) await this.say(callOf(message, tool, input, toolUseId));
    const asked = { tool, message, input, toolUseId: inLog ? toolUseId : null, sessionGrant };
    const body = { token: this.run.token, requestId, ...asked, waitSec };
    const request = { id: this.run.id, body };
    const { id } = await this.control.call('requestApproval', request);
    const note = (state: string, line: string, more: JsonObject = {}) =>
      this.say({
        kind: 'system',
        message: `${line}: ${message}`,
        data: { type: 'approval', state, requestId, toolUseId: asked.toolUseId, tool, ...more },
      });
    await note('waiting', 'waiting for approval');
    return {
      id,
      toolUseId,
      /** What a runner does when the word of a person has reached it. */
      decided: async () => {
        const decision = await this.runner.decisionOn(this, requestId);
        const { decision: word, decidedBy, reason, forSession } = decision;
        const state = word === 'allow' ? 'allowed' : 'denied';
        const more = { decidedBy, ...(reason && { reason }), ...(forSession && { forSession }) };
        await note(state, `${state} by ${decidedBy}`, more);
        return decision;
      },
      /** Its time is up, or with `withdrawn` the session goes on without it. */
      close: async (withdrawn = false) => {
        const { state } = await this.control.call('requestApproval', {
          ...request,
          body: { ...body, withdrawn },
        });
        await note(state, state);
      },
    };
  }

  async finish(
    outcome: Omit<FinishRunInput, 'token' | 'lastSeq' | 'logChecksum' | 'finishedAt'>,
  ): Promise<void> {
    const log = { token: this.run.token, lastSeq: this.#seq, logChecksum: this.#checksum };
    const body = { ...outcome, ...log, finishedAt: new Date().toISOString() };
    await this.control.call('finishRun', { id: this.run.id, body });
    this.over = true;
  }
}

interface Asked {
  tool: string;
  /** The use of the tool as one line. */
  message: string;
  input: JsonObject;
  sessionGrant?: string | null;
  waitSec?: number;
  /** Whether the call has a line in the log. */
  inLog?: boolean;
}

/** A tool that waits for a person. */
export interface Asking {
  id: string;
  toolUseId: string;
  /** Waits until the runner is told what a person decided, and says so in the log. */
  decided(): Promise<Decision>;
  close(withdrawn?: boolean): Promise<void>;
}

const callOf = (message: string, name: string, input: JsonObject, id: string): Said => ({
  kind: 'tool_use',
  message,
  data: { type: 'tool_use', id, name, input },
});

/** A runner that says what a test wants said, through the protocol that every runner speaks. */
export class ScriptedRunner {
  readonly #held: HeldRun[] = [];
  private constructor(
    private readonly control: ControlPlane,
    readonly id: string,
  ) {}

  static async connect(url: string, apiKey: string, facts: Partial<RegisterRunner>): Promise<ScriptedRunner> {
    const control = new ControlPlane({ url, apiKey, version: '0.1.0' });
    const { id, credential } = await control.call('registerRunner', {
      enrolment: randomUUID(),
      body: {
        machineId: randomUUID(),
        name: 'scripted',
        hostname: 'scripted',
        platform: 'linux',
        arch: 'x64',
        version: '0.1.0',
        agentVersion: '2.1.197',
        directories: ['/code'],
        permissionModes: ['default', 'acceptEdits', 'bypassPermissions', 'plan'],
        maxConcurrentRuns: 8,
        ...facts,
      },
    });
    control.speakAs(credential);
    return new ScriptedRunner(control, id);
  }

  /** Takes the next session and begins it. */
  async take(): Promise<HeldRun> {
    const { runs } = await this.control.call('claim', {
      id: this.id,
      body: { leases: [], slots: 1, waitSec: 10 },
      waitMs: 10_000,
    });
    const [run] = runs;
    if (!run) throw new Error('There is nothing to claim');
    await this.control.call('startRun', { id: run.id, body: { token: run.token } });
    const held = new HeldRun(this.control, run, this);
    this.#held.push(held);
    return held;
  }

  /** Waits for what a person decides about a request of this session, and acknowledges it. */
  async decisionOn({ run }: HeldRun, requestId: string): Promise<Decision> {
    const leases = this.#leases();
    const claim = (acknowledged: string[], waitSec: number) =>
      this.control.call('claim', {
        id: this.id,
        body: { leases, slots: 0, waitSec, acknowledged },
        waitMs: waitSec * 1_000,
      });
    for (const giveUp = Date.now() + 20_000; Date.now() < giveUp; ) {
      const { commands } = await claim([], 5);
      const told = commands.find((command) => command.kind === 'decision' && command.requestId === requestId);
      if (told?.kind !== 'decision') continue;
      await claim([told.id], 0);
      return told.decision;
    }
    throw new Error(`Nobody decided about ${requestId} of ${run.id}`);
  }

  #leases() {
    return this.#held.filter((held) => !held.over).map(({ run: { id, token } }) => ({ runId: id, token }));
  }

  /** Stays online, and keeps what it took, until it is told to leave. @returns leave */
  stay(everyMs = 5_000): () => void {
    const beat = () => {
      const leases = this.#leases();
      // A server that is away for a moment is asked again with the next beat.
      this.control.call('heartbeat', { id: this.id, body: { leases } }).catch(() => {});
    };
    beat();
    const timer = setInterval(beat, everyMs);
    return () => clearInterval(timer);
  }
}

function digestOf(event: Event): number {
  return createHash('sha256').update(eventDigestInput(event)).digest().readInt32BE(0);
}

/** A session that has begun on a new scripted runner. @param facts of the runner */
export async function scriptedSession(
  fleet: Fleet,
  session: { prompt: string; cwd: string },
  facts: Partial<RegisterRunner> = {},
): Promise<{ id: string; runner: ScriptedRunner; held: HeldRun }> {
  const runner = await ScriptedRunner.connect(fleet.url, fleet.key, facts);
  const { id } = await fleet.launch({ ...session, runnerId: runner.id, sharedCwd: true });
  return { id, runner, held: await runner.take() };
}
