import type { ClaimAnswer, ClaimedRun, Event, FinishRun, RegisterRunner, Run } from '@agentfleet/contract';
import type { Api } from './api.js';

/** Registers a runner that allows /code. @returns its id */
export async function register(api: Api, name: string, maxConcurrentRuns: number): Promise<string> {
  // One key speaks for all of them, as it does for old runners.
  await api.post('/org', { requireRunnerCredentials: false });
  const { id } = await api.post<{ id: string }>('/runners/register', machine(name, maxConcurrentRuns));
  return id;
}

export function machine(name: string, maxConcurrentRuns: number): RegisterRunner {
  return {
    machineId: crypto.randomUUID(),
    name,
    hostname: 'bench',
    platform: 'linux',
    arch: 'x64',
    version: '0',
    agentVersion: null,
    directories: ['/code'],
    permissionModes: ['default'],
    maxConcurrentRuns,
  };
}

export function claim(
  api: Api,
  runnerId: string,
  waitSec: number,
  held: ClaimedRun[] = [],
): Promise<ClaimAnswer> {
  const leases = held.map(({ id, token }) => ({ runId: id, token }));
  return api.post(`/runners/${runnerId}/claim`, { leases, slots: 1, waitSec });
}

/** A run that is running, as a runner sees it. */
export async function startSession(api: Api, runnerId: string): Promise<ClaimedRun> {
  await launch(api, { runnerId });
  const [run] = (await claim(api, runnerId, 0)).runs;
  if (!run) throw new Error('nothing was claimed');
  await api.post(`/runs/${run.id}/start`, { token: run.token });
  return run;
}

export function launch(api: Api, more: object = {}): Promise<Run> {
  return api.post('/runs', { prompt: 'bench', cwd: '/code/bench', sharedCwd: true, ...more });
}

/** Like what a session says: a line, and the payload of a tool call of half a kilobyte. */
export function eventOf(seq: number): Event {
  const data = { tool: 'Edit', input: { file_path: '/code/src/app.ts', new_string: 'x'.repeat(400) } };
  return { seq, kind: 'tool_use', message: `Edit src/app${seq}.ts`, data, at: '2026-11-24T08:00:00.000Z' };
}

/** How a session ends that said nothing. */
export const finishOf = (token: string): FinishRun => ({
  token,
  status: 'SUCCEEDED',
  failure: null,
  agentSessionId: null,
  result: null,
  numTurns: null,
  costUsd: null,
  usage: null,
  finishedAt: '2026-11-24T08:00:00.000Z',
  lastSeq: 0,
  logChecksum: 0,
});
