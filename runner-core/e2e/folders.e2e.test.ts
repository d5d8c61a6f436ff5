import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Folders, Runner } from '@agentfleet/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Fleet } from './fleet.js';
import { type ModelServer, startModelServer, text } from './model-server.js';

let model: ModelServer;
let fleet: Fleet;
let runnerId: string;

beforeAll(async () => {
  model = await startModelServer(() => [text('done')]);
  fleet = await Fleet.start(model);
  runnerId = (await fleet.get<{ data: Runner[] }>('/runners')).data[0]?.id ?? '';
  await mkdir(join(fleet.allowed, 'api', '.git'), { recursive: true });
  await mkdir(join(fleet.allowed, 'web', 'src'), { recursive: true });
  await symlink(fleet.home, join(fleet.allowed, 'door'), 'junction');
}, 120_000);
afterAll(async () => {
  await fleet?.close();
  await model?.close();
});

const look = (path?: string) =>
  fleet.get<Folders>(`/runners/${runnerId}/folders${path ? `?path=${encodeURIComponent(path)}` : ''}`);

test('the folders of a real runner are walked into from its allowlist, and what leads out is not there', async () => {
  const roots = await look();
  expect(roots).toEqual({
    ...{ path: null, parent: null, truncated: false },
    data: [{ path: fleet.allowed, name: fleet.allowed, isRepository: false }],
  });
  const inside = await look(roots.data[0]?.path);
  expect(inside.data).toEqual([
    { path: join(fleet.allowed, 'api'), name: 'api', isRepository: true },
    { path: join(fleet.allowed, 'web'), name: 'web', isRepository: false },
  ]);
  const web = await look(inside.data[1]?.path);
  expect(web).toMatchObject({ parent: fleet.allowed, data: [{ name: 'src' }] });
  for (const [path, status] of [
    [fleet.home, 403],
    [join(fleet.allowed, 'door'), 403],
    [join(fleet.allowed, 'gone'), 404],
  ] as const) {
    const answer = await fleet.request(
      'GET',
      `/runners/${runnerId}/folders?path=${encodeURIComponent(path)}`,
    );
    expect(answer.status, path).toBe(status);
  }
});

test('it is answered while the runner is paused', async () => {
  await fleet.request('POST', `/runners/${runnerId}/pause`, {});
  expect((await look(fleet.allowed)).data).toHaveLength(2);
});
