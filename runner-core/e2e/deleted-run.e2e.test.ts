import type { Runner } from '@agentfleet/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Fleet, until } from './fleet.js';
import { gate, type ModelServer, modelMessages, startModelServer, text, toolUse } from './model-server.js';

// Windows cannot make a process stand still from outside.
describe.skipIf(process.platform === 'win32')('the built daemon with the real Claude Code', () => {
  let model: ModelServer;
  let fleet: Fleet;
  let goOn: () => void = () => undefined;
  const late = new Promise<void>((resolve) => {
    goOn = resolve;
  });

  beforeAll(async () => {
    model = await startModelServer((request) =>
      modelMessages(request) > 0
        ? [gate(late), text('too late')]
        : [text('before'), toolUse('Glob', { pattern: '*' })],
    );
    fleet = await Fleet.start(model, { hasty: true });
  }, 120_000);
  afterAll(async () => {
    goOn();
    fleet?.daemon?.kill('SIGCONT');
    await fleet?.close();
    await model?.close();
  });

  const remove = async (id: string, query = '') =>
    (await fleet.request('DELETE', `/runs/${id}${query}`)).status;
  const isGone = (id: string) =>
    until(async () => (await fleet.request('GET', `/runs/${id}`)).status === 404);
  const begun = async () => {
    const { id } = await fleet.launch({});
    await fleet.logged(id, ({ kind }) => kind === 'tool_result');
    return id;
  };

  test('a running session is cancelled and deleted, also when the server is killed in between', async () => {
    const id = await begun();
    expect(await remove(id)).toBe(409);
    fleet.daemon?.kill('SIGSTOP');
    expect(await remove(id, '?cancel=true')).toBe(202);
    await fleet.killServer();
    await fleet.startServer();
    expect((await fleet.run(id)).deleteRequestedAt).not.toBeNull();
    fleet.daemon?.kill('SIGCONT');
    await isGone(id);
    await until(async () => (await fleet.outbox()).length === 0);
  });

  test('a runner that comes back with a session which was deleted ends it, and keeps nothing of its log', async () => {
    const id = await begun();
    fleet.daemon?.kill('SIGSTOP');
    await until(async () => (await fleet.run(id)).lostAt !== null);
    const { data } = await fleet.get<{ data: Runner[] }>('/runners');
    expect((await fleet.request('DELETE', `/runners/${data[0]?.id}`)).status).toBe(200);
    expect((await fleet.ended(id)).failure?.code).toBe('runner_lost');
    expect(await remove(id)).toBe(204);
    expect(await fleet.outbox()).toHaveLength(1);
    fleet.daemon?.kill('SIGCONT');
    await until(() => fleet.said.includes(`${id} DROPPED`));
    await until(async () => (await fleet.outbox()).length === 0);
    await isGone(id);
  });
});
