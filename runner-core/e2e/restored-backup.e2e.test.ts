import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileStem } from '../src/outbox/outbox.js';
import { Fleet, until } from './fleet.js';
import { gate, type ModelServer, modelMessages, startModelServer, text, toolUse } from './model-server.js';
import { Program } from './program.js';

let model: ModelServer;
let fleet: Fleet;
let goOn: () => void = () => undefined;
const restored = new Promise<void>((resolve) => {
  goOn = resolve;
});

beforeAll(async () => {
  model = await startModelServer((request) =>
    modelMessages(request) > 0
      ? [gate(restored), text('the answer')]
      : [text('before the restore'), toolUse('Glob', { pattern: '*' })],
  );
  fleet = await Fleet.start(model, { daemon: false });
}, 120_000);
afterAll(async () => {
  goOn();
  await fleet?.close();
  await model?.close();
});

test('a server whose database is an older backup ends the session it does not know, whose log stays on the runner', async () => {
  const backup = `${fleet.dataDir}-backup`;
  const home = join(fleet.allowed, '..');
  const operator = async (...args: string[]) => {
    const program = new Program('server/dist/cli.js', args, home, { AGENTFLEET_DATA_DIR: fleet.dataDir });
    return { code: await program.ended(), said: program.said };
  };
  expect(await operator('backup', backup)).toMatchObject({ code: 0, said: expect.stringContaining(backup) });
  await fleet.startDaemon();
  const { id } = await fleet.launch({});
  await until(async () => (await fleet.run(id)).logs.some(({ kind }) => kind === 'tool_result'));

  await fleet.killServer();
  expect(await operator('restore', backup)).toMatchObject({
    code: 2,
    said: expect.stringContaining('--replace'),
  });
  expect(await operator('restore', backup, '--replace')).toMatchObject({ code: 0 });
  await fleet.startServer();

  await until(() => fleet.said.includes(`${id}: the server does not know this session any more`));
  expect(fleet.said).toContain(`${id} FAILED`);
  expect(fleet.said).not.toContain('DROPPED');
  expect(await fleet.outbox()).toEqual([`${fileStem(id, 1)}.log.orphaned`]);
  const log = await readFile(join(fleet.home, 'runner/outbox', `${fileStem(id, 1)}.log.orphaned`), 'utf8');
  expect(log).toContain('before the restore');
  expect(log).toContain('"type":"finish"');

  // The runner, which the backup does not know either, is there for the next one.
  goOn();
  const next = await fleet.launch({});
  expect(await fleet.ended(next.id)).toMatchObject({ status: 'SUCCEEDED', result: 'the answer' });
}, 300_000);
