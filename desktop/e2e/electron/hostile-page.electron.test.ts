import { type CommandName, commands } from '@agentfleet/bridge';
import { expect } from 'vitest';
import { text } from '../../../runner-core/e2e/model-server.js';
import { test } from './test.js';

/** What the page can ask for with something to ask it with; a quit is its to ask for. */
const asks: [CommandName, unknown?][] = [
  ['stopSession', 'clr0000000000000000000000'],
  ['forgetKey'],
  ['pickFolder'],
  ['pickClaude'],
  ['saveFile', { name: 'log.jsonl', text: 'x'.repeat(10_000) }],
  ['saveDiagnostics'],
  ['showAbout'],
  ['showLog'],
  ['runClaude'],
  ['applySettings', { claudePath: '/tmp/evil' }],
  ['applySettings', { directories: [] }],
  ['pasteKey', { server: 'http://127.0.0.1:9' }],
];

/** What a page may ask for, and then there is nothing left to look at. */
const endings: string[] = ['quit', 'installUpdate'] satisfies CommandName[];

test('a page that asks for everything at once and over and over, with whatever it likes, buries nobody, changes nothing, and the app goes on', async ({
  connected,
}) => {
  const { computer, app } = await connected();
  await (await app.page()).getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
  const before = computer.readSettings();
  // As a page that is not ours any more: everything that the preload script lets through.
  const flood = async (asks: unknown[][], times: number) =>
    app.inPage(`(async () => {
      const asks = ${JSON.stringify(asks)};
      let count = 0;
      for (let time = 0; time < ${times}; time += 1)
        for (const reply of await Promise.all(asks.map((each) => agentfleet.ask(...each))))
          if (reply.ok) count += 1;
      return count;
    })()`);
  await flood(
    asks.filter(([name]) => name !== 'applySettings'),
    15,
  );
  await flood([['applySettings', { claudePath: '/tmp/evil' }]], 15);
  const told = await app.told();
  // Each dialog of the system is one place asked for, each question one dialog.
  const shown = told.dialogs.length + told.places.length + told.files.length + told.links.length;
  expect(shown).toBeGreaterThan(0);
  expect(shown).toBeLessThan(20);

  const garbage = `(async () => {
    const deep = (depth) => depth === 0 ? 1 : { a: deep(depth - 1) };
    const cycle = {};
    cycle.self = cycle;
    const values = [undefined, null, 0, -1, NaN, '', 'x'.repeat(100_000), [], {}, deep(500), new Date(), new Uint8Array(9),
      JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"server":"http://x"}'),
      { server: { toString: 1 } }, { name: '\\u202egnp.exe', how: 'terminal', path: '/etc' }, { id: '../../x', request: { method: 'GET', path: '/../../admin' } },
      cycle, { server: cycle }, { method: 'POST', path: '/runs', body: cycle }, { id: 'a', request: cycle },
      { ['k'.repeat(1_000_000)]: 1 }, 'x'.repeat(5_000_000), 9n, new Map([['server', 'http://x']]), new Error('no'),
      { method: 'GET', path: '//evil.example/api' }, { method: 'POST', path: '/runs', body: 'x'.repeat(10_000) }];
    const names = [...${JSON.stringify(Object.keys(commands).filter((name) => !endings.includes(name)))},
      '__proto__', 'constructor', 'toString', '', null, 7, {}, ['state']];
    let threw = 0;
    for (const name of names) for (const value of values)
      try { await agentfleet.ask(name, value); } catch { threw += 1; }
    return threw;
  })()`;
  await app.inPage(garbage);
  expect(await app.electron.evaluate(() => Reflect.has({}, 'polluted'))).toBe(false);
  expect(computer.readSettings()).toEqual(before);
  await app.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: online');
  expect(computer.log()).not.toContain('Fault');
  const later = await app.told();
  expect(later.dialogs.length + later.places.length + later.files.length + later.links.length).toBeLessThan(
    30,
  );
});

test('a page that asks ten thousand times for what costs something keeps no session from starting', async ({
  fleet,
  model,
  connected,
}) => {
  const { computer, app } = await connected();
  await (await app.page()).getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
  model.says(() => [text('done')]);
  const asks: [CommandName, unknown][] = [
    ['request', { method: 'GET', path: '/me' }],
    ['examine', undefined],
    ['readEnvironment', undefined],
    ['lookAgain', undefined],
    ['readSettings', undefined],
    ['state', undefined],
  ];
  const settled = app.inPage(`(async () => {
    const asked = ${JSON.stringify(asks)}.flatMap(([name, input]) =>
      Array.from({ length: 2_000 }, () => agentfleet.ask(name, input)));
    for (let each = 0; each < 2_000; each += 1) asked.push(agentfleet.ask('openStream',
      { id: 's' + each, request: { method: 'GET', path: '/stream' } }));
    return (await Promise.allSettled(asked)).length;
  })()`);
  const { id } = await fleet.launch({ cwd: computer.code });
  expect((await fleet.ended(id)).status).toBe('SUCCEEDED');
  expect(await settled).toBe(14_000);
  await app.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: online');
  expect(computer.log()).not.toContain('Fault');
  expect(computer.log()).not.toMatch(/EMFILE|EAGAIN/);
});
