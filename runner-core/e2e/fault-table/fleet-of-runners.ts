import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ResponseOf, RouteName } from '@agentfleet/contract';
import {
  type CallOptions,
  ControlPlane,
  ControlPlaneError,
  createAllowlist,
  Runner,
} from '@agentfleet/runner-core';
import { ScriptedAgent, type ScriptedSession } from '../../src/testing/scripted-agent.js';
import type { Answers } from './answers.js';

/** What a session that is watched says, and how often, ms; and the lines of one that is not. */
const sayEveryMs = 500;
const linesOfShort = 5;
const lineEveryMs = 100;

class CountingControlPlane extends ControlPlane {
  answers: Answers | undefined;

  override async call<Name extends RouteName, Read = ResponseOf<Name>>(
    name: Name,
    options: CallOptions<Name, Read> = {},
  ): Promise<Read> {
    try {
      const answer = await super.call(name, options);
      this.answers?.count(name, 200);
      return answer;
    } catch (error) {
      if (error instanceof ControlPlaneError) this.answers?.count(name, error.status);
      throw error;
    }
  }
}

/** Real runners with a scripted agent, each of a folder of its own: a session that is watched goes on until it is over, others end by themselves. */
export class FleetOfRunners {
  /** How often a session was begun for each run. */
  readonly begun = new Map<string, number>();
  /** By run: how many lines its session has said. */
  readonly said = new Map<string, number>();
  readonly troubles: string[] = [];
  readonly folders: string[] = [];
  #over = false;
  readonly #runners: { runner: Runner; done: Promise<void> }[] = [];

  constructor(url: string, key: string, home: string, count: number, answers: Answers) {
    for (let index = 0; index < count; index += 1) {
      const folder = join(home, 'code', String(index));
      mkdirSync(join(folder, 'watched'), { recursive: true });
      mkdirSync(join(folder, 'short'), { recursive: true });
      this.folders.push(folder);
      const server = new CountingControlPlane({ url, apiKey: key, version: '0.0.0' });
      server.answers = answers;
      const agent = new ScriptedAgent();
      agent.script = (session) => void this.#play(session);
      const settings = {
        ...{ url, apiKey: key, name: `runner-${index}`, directories: [folder], maxConcurrentRuns: 3 },
        ...{ maxTimeoutSec: 86_400, maxStallSec: 86_400, maxApprovalSec: 86_400, claudePath: undefined },
        ...{ permissionModes: ['default' as const], runnerDir: join(home, 'runners', String(index)) },
      };
      const runner = new Runner({
        ...{ settings, server, agent, version: '0.0.0' },
        allowlist: createAllowlist([folder]),
      });
      runner.on('trouble', (message) => this.troubles.push(message));
      this.#runners.push({ runner, done: runner.run() });
    }
  }

  /** Ends the sessions that are watched: well, and with all that they said. */
  finish(): void {
    this.#over = true;
  }

  async end(): Promise<void> {
    for (const { runner } of this.#runners) {
      runner.cancelAll();
      await runner.leave();
    }
    await Promise.allSettled(this.#runners.map(({ done }) => done));
  }

  async #play(session: ScriptedSession): Promise<void> {
    const { runId, prompt } = session.request;
    this.begun.set(runId, (this.begun.get(runId) ?? 0) + 1);
    const say = (line: number) => {
      session.say(`line ${line}`);
      this.said.set(runId, line);
    };
    if (prompt === 'watched') {
      for (let line = 1; !this.#over; line += 1) {
        say(line);
        await delay(sayEveryMs);
      }
    } else {
      for (let line = 1; line <= linesOfShort; line += 1) {
        say(line);
        await delay(lineEveryMs);
      }
    }
    session.end({ result: prompt });
  }
}
