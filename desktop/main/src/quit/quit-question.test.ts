import { expect, test } from 'vitest';
import { hurryChoice, hurryQuestion, quitChoice, quitQuestion } from './quit-question.js';

test('nothing is asked when nothing runs', () => {
  expect(quitQuestion(0)).toBeUndefined();
});

test('dismissing the question keeps everything running, the first button loses nothing', () => {
  const question = quitQuestion(2);
  expect(question?.message).toBe('2 sessions are running on this computer');
  expect(quitChoice(question?.cancelId ?? -1)).toBe('stay');
  expect(quitChoice(question?.defaultId ?? -1)).toBe('finish');
  expect(quitQuestion(1)?.message).toBe('A session is running on this computer');
});

test('only the button that says so stops sessions', () => {
  expect(
    ['Finish, then quit', 'Stop and quit', 'Keep running'].map((_label, button) => quitChoice(button)),
  ).toEqual(['finish', 'cancel', 'stay']);
});

test('asked to quit once more, it stops what is being finished only where a person says so', () => {
  expect(hurryQuestion(0)).toBeUndefined();
  const question = hurryQuestion(1);
  expect(question?.message).toBe('A session is still being finished');
  expect(hurryChoice(question?.cancelId ?? 1)).toBe('wait');
  expect(hurryChoice(question?.defaultId ?? 1)).toBe('wait');
  expect(question?.buttons.map((_label, button) => hurryChoice(button))).toEqual(['wait', 'cancel', 'stay']);
});
