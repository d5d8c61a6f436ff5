import { expect } from 'vitest';
import {
  delay,
  gate,
  modelMessages,
  pieces,
  type Reply,
  text,
  thinking,
  toolUse,
} from '../../../runner-core/e2e/model-server.js';
import { test } from './dashboard.js';
import { latch } from './latch.js';

const paragraph = 'Words that fill a line or two of the conversation, as an answer does. '.repeat(3);
/** A long answer in pieces, fast enough to be moving all the time. */
const longAnswer = (lines: number): Reply[] =>
  Array.from({ length: lines }, (_, line) => [text(`Line ${line}. ${paragraph}`), delay(15)]).flat();

test('nothing jumps while a long session streams, and its end stays in sight', async ({
  fleet,
  model,
  open,
}) => {
  const [first, second] = [latch(), latch()];
  model.says((request) =>
    modelMessages(request) === 0
      ? [
          ...longAnswer(30),
          gate(first.opened),
          toolUse('Bash', { command: 'seq 1 200', description: 'Count' }),
        ]
      : [...longAnswer(30), gate(second.opened), text('That was all.')],
  );
  const dashboard = await open();
  await dashboard.enter(fleet.key);
  await dashboard.launch('talk at length', fleet.allowed);
  await dashboard.inSight('Line 29.');
  first.open();
  await dashboard.inSight('Line 29.');
  second.open();
  await dashboard.inSight('That was all.');
  // With what stands there once it has ended.
  await dashboard.page.getByTitle('Cost').first().waitFor();
  const shifts = await dashboard.watch.layoutShifts();
  const score = shifts.reduce((sum, shift) => sum + shift.score, 0);
  expect(score, shifts.map(({ what }) => what).join('\n')).toBeLessThan(0.002);
});

test('who scrolls up stays there while it streams, and jumps to the latest when wanted', async ({
  fleet,
  model,
  open,
}) => {
  const scrolled = latch();
  model.says(() => [...longAnswer(30), gate(scrolled.opened), ...longAnswer(30), text('That was all.')]);
  const dashboard = await open();
  const { page, conversation } = dashboard;
  await dashboard.enter(fleet.key);
  await dashboard.launch('talk at length', fleet.allowed);
  await dashboard.inSight('Line 29.');
  await conversation.hover();
  await page.mouse.wheel(0, -50_000);
  await dashboard.inSight('talk at length');
  scrolled.open();
  await page.getByText('Done').first().waitFor();
  await dashboard.inSight('talk at length');
  await page.getByRole('button', { name: /Jump to latest/ }).click();
  await dashboard.inSight('That was all.');
});

test('text and thinking stream as they are produced, and the whole text takes their place without a jump', async ({
  fleet,
  model,
  open,
}) => {
  const [thought, said, done] = [latch(), latch(), latch()];
  model.says(() => [
    pieces('thinking', 'Let me ', 'see', thought.opened, ' what is there.'),
    pieces('text', 'This is ', '**being** written', said.opened, ' and now it is all there.'),
    gate(done.opened),
    text('Something else.'),
  ]);
  const dashboard = await open();
  const { conversation } = dashboard;
  await dashboard.enter(fleet.key);
  await dashboard.launch('write slowly', fleet.allowed);
  await conversation.getByText('Let me see', { exact: true }).waitFor();
  thought.open();
  await conversation.getByText('This is being written', { exact: true }).waitFor();
  const id = dashboard.page.url().split('/').at(-1) ?? '';
  expect((await fleet.run(id)).logs.map(({ kind }) => kind)).not.toContain('assistant');
  const place = () =>
    conversation
      .getByText(/^This is being written/)
      .evaluate((element) => element.getBoundingClientRect().top);
  const before = await place();
  said.open();
  await conversation.getByText('This is being written and now it is all there.', { exact: true }).waitFor();
  await expect.poll(async () => (await fleet.run(id)).logs.map(({ kind }) => kind)).toContain('assistant');
  expect(await place()).toBe(before);
  done.open();
  await fleet.ended(id);
  await conversation.getByText('Something else.').waitFor();
  expect(await conversation.getByText('This is being written').count()).toBe(1);
});

test('who opens a session in the middle of a text sees it from its beginning', async ({
  fleet,
  model,
  open,
}) => {
  const end = latch();
  model.says(() => [
    thinking('Hm.'),
    pieces('text', 'From the very ', 'beginning', end.opened, ' to the end.'),
  ]);
  const run = await fleet.launch({ prompt: 'begin without me' });
  await fleet.logged(run.id, ({ kind }) => kind === 'thinking');
  const dashboard = await open();
  await dashboard.enter(fleet.key);
  await dashboard.page.goto(`/sessions/${run.id}`);
  await dashboard.conversation.getByText('From the very beginning', { exact: true }).waitFor();
  await dashboard.page.reload();
  await dashboard.conversation.getByText('From the very beginning', { exact: true }).waitFor();
  end.open();
  await dashboard.conversation.getByText('From the very beginning to the end.').waitFor();
  await fleet.ended(run.id);
  expect(await dashboard.conversation.getByText('From the very').count()).toBe(1);
});
