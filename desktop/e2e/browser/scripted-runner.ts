import { createHash, randomUUID } from 'node:crypto';
import {
  type ClaimedRun,
  type Event,
  eventDigestInput,
  type FinishRunInput,
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

  async finish(
    outcome: Omit<FinishRunInput, 'token' | 'lastSeq' | 'logChecksum' | 'finishedAt'>,
  ): Promise<void> {
    const log = { token: this.run.token, lastSeq: this.#seq, logChecksum: this.#checksum };
    const body = { ...outcome, ...log, finishedAt: new Date().toISOString() };
    await this.control.call('finishRun', { id: this.run.id, body });
    this.over = true;
  }
}

/** A runner that says what a test wants said, through the protocol that every runner speaks. */
export class ScriptedRunner {
  readonly #held: HeldRun[] = [];
  private constructor(
    private readonly control: ControlPlane,
    readonly id: string,
  ) {}

  static async connect(url: string, apiKey: string, facts: Partial<RegisterRunner>): Promise<ScriptedRunner> {
    const control = new ControlPlane({ url, apiKey, version: '0.1.0' });
    const { id } = await control.call('registerRunner', {
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
    const held = new HeldRun(this.control, run);
    this.#held.push(held);
    return held;
  }

  /** Stays online, and keeps what it took, until it is told to leave. @returns leave */
  stay(everyMs = 5_000): () => void {
    const beat = () => {
      const leases = this.#held
        .filter((held) => !held.over)
        .map(({ run: { id, token } }) => ({ runId: id, token }));
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
