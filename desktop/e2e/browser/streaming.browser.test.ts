import { expect } from 'vitest';
import {
  delay,
  gate,
  modelMessages,
  type Reply,
  text,
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
