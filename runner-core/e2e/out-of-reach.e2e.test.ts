import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Approval } from '@agentfleet/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Fleet, until } from './fleet.js';
import {
  type ModelServer,
  modelMessages,
  type Script,
  startModelServer,
  text,
  toolUse,
} from './model-server.js';

// Windows cannot make a process stand still from outside.
describe.skipIf(process.platform === 'win32')('the built daemon with the real Claude Code', () => {
  let model: ModelServer;
  let fleet: Fleet;
  let cwd: string;
  let tests = 0;
  const script: Script = (request) => {
    const step = modelMessages(request);
    if (step === 0) return [toolUse('Bash', { command: 'touch first.txt' })];
    return existsSync(join(cwd, 'second.txt')) || step > 4
      ? [text('done')]
      : [toolUse('Bash', { command: 'touch second.txt' })];
  };

  beforeAll(async () => {
    model = await startModelServer(script);
    fleet = await Fleet.start(model, { hasty: true });
  }, 60_000);
  afterAll(async () => {
    fleet?.daemon?.kill('SIGCONT');
    fleet?.server?.kill('SIGCONT');
    await fleet?.close();
    await model?.close();
  });
  beforeEach(async () => {
    tests += 1;
    cwd = join(fleet.allowed, `test-${tests}`);
    await mkdir(cwd);
  });

  const waiting = (runId: string) =>
    fleet.get<{ data: Approval[] }>(`/approvals?runId=${runId}&state=waiting`).then(({ data }) => data[0]);
  const allow = ({ id }: Approval) =>
    fleet.request('POST', `/approvals/${id}/decision`, { decision: 'allow' });
  async function asked(runId: string): Promise<Approval> {
    await until(async () => (await waiting(runId)) !== undefined);
    return (await waiting(runId)) as Approval;
  }
  const outOfReach = (id: string) => until(async () => (await fleet.run(id)).lostAt !== null);

  test('a session whose daemon stands still runs on: it is answered meanwhile, answers when the daemon goes on, and ends well', async () => {
    const { id } = await fleet.launch({ cwd });
    const approval = await asked(id);
    fleet.daemon?.kill('SIGSTOP');
    await outOfReach(id);
    const run = await fleet.run(id);
    expect(run).toMatchObject({ status: 'RUNNING', approvalsWaiting: 1, failure: null });
    const { data } = await fleet.get<{ data: { activeRuns: number; online: boolean }[] }>('/runners');
    expect(data[0]?.activeRuns).toBe(1);
    const next = await fleet.launch({ cwd });
    expect((await fleet.run(next.id)).queue?.reason).not.toBe('ready');
    expect((await allow(approval)).status).toBe(200);
    expect(existsSync(join(cwd, 'first.txt'))).toBe(false);

    fleet.daemon?.kill('SIGCONT');
    // It asks again after that, and is answered.
    expect((await allow(await asked(id))).status).toBe(200);
    expect(await fleet.run(id)).toMatchObject({ lostAt: null });
    expect(await fleet.ended(id)).toMatchObject({ status: 'SUCCEEDED', result: 'done', lostAt: null });
    expect(existsSync(join(cwd, 'first.txt')) && existsSync(join(cwd, 'second.txt'))).toBe(true);
    await fleet.request('POST', `/runs/${next.id}/cancel`, {});
    await fleet.ended(next.id);
  });

  test('a session that is cancelled while its daemon stands still ends when that goes on', async () => {
    const { id } = await fleet.launch({ cwd });
    await asked(id);
    fleet.daemon?.kill('SIGSTOP');
    await outOfReach(id);
    expect((await fleet.request('POST', `/runs/${id}/cancel`, {})).status).toBe(200);
    expect(await fleet.run(id)).toMatchObject({ status: 'RUNNING', lostAt: expect.any(String) });
    fleet.daemon?.kill('SIGCONT');
    expect(await fleet.ended(id)).toMatchObject({ status: 'CANCELLED', lostAt: null });
    expect(existsSync(join(cwd, 'first.txt'))).toBe(false);
  });

  test('no session is out of reach because the server stood still, or was killed and started later', async () => {
    const { id } = await fleet.launch({ cwd });
    await allow(await asked(id));
    await until(async () => existsSync(join(cwd, 'first.txt')));
    const seen = new Set<string>();
    const watch = async () => {
      const { status, lostAt } = await fleet.run(id);
      seen.add(lostAt === null ? status : `${status} out of reach`);
    };
    // Longer than a lease.
    const away = () => new Promise((resolve) => setTimeout(resolve, 3_000));
    fleet.server?.kill('SIGSTOP');
    await away();
    fleet.server?.kill('SIGCONT');
    for (let look = 0; look < 20; look += 1) await watch();
    await fleet.killServer();
    await away();
    await fleet.startServer();
    const approval = await asked(id);
    await watch();
    await allow(approval);
    expect(await fleet.ended(id)).toMatchObject({ status: 'SUCCEEDED', result: 'done' });
    expect([...seen]).toEqual(['RUNNING']);
  });
});
