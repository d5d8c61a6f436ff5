import { expect } from 'vitest';
import { test } from './dashboard.js';
import { scriptedSession } from './scripted-runner.js';
import { wireOf } from './wire.js';

/** Bytes on the wire, with the heads of the answers, until nothing more comes. */
const mostOfList = 200_000;
const mostOfSession = 330_000;
const restMs = 3_000;

test('the list of sessions is loaded within 200 KB, with fifty sessions in it', async ({ fleet, open }) => {
  for (let nth = 0; nth < 50; nth += 1)
    await fleet.launch({ prompt: `one of ${nth}`, cwd: `/nobody/${nth}` });
  const dashboard = await open();
  await dashboard.enter(fleet.key);
  const cookies = await dashboard.page.context().cookies();
  const fresh = await open();
  await fresh.page.context().addCookies(cookies);
  const wire = await wireOf(fresh.page);
  await fresh.page.goto('/sessions');
  await fresh.page.getByText('one of 49', { exact: true }).waitFor();
  await fresh.page.waitForTimeout(restMs);
  expect(wire.bytes(), JSON.stringify(wire.largest())).toBeLessThan(mostOfList);
});

test('a session is loaded within 330 KB, with code in colour', async ({ fleet, open }) => {
  const { id, held } = await scriptedSession(fleet, { prompt: 'show some code', cwd: '/code/colour' });
  const text = 'Here it is:\n\n```ts\nexport const answer: number = 42;\n```\n';
  await held.say({ kind: 'assistant', message: 'Here it is:', data: { type: 'text', text } });
  const dashboard = await open();
  await dashboard.enter(fleet.key);
  const cookies = await dashboard.page.context().cookies();
  const fresh = await open();
  await fresh.page.context().addCookies(cookies);
  const wire = await wireOf(fresh.page);
  await fresh.page.goto(`/sessions/${id}`);
  await fresh.conversation.getByText('answer').first().waitFor();
  await fresh.page.waitForTimeout(restMs);
  expect(wire.bytes(), JSON.stringify(wire.largest())).toBeLessThan(mostOfSession);
});
