import { expect, test } from 'vitest';
import { speakerOf } from './speaker.js';
import { titleOf } from './tool-names.js';

test.each([
  ['AskUserQuestion', 'AskUserQuestion Which colour?', 'Question Which colour?'],
  ['ExitPlanMode', 'ExitPlanMode', 'Plan'],
  ['Bash', 'Bash npm test', 'Bash npm test'],
  ['TodoWrite', 'TodoWriter of mine', 'TodoWriter of mine'],
  ['constructor', 'constructor x', 'constructor x'],
])('a call of %s goes by a name that people have for it', (tool, title, words) => {
  expect(titleOf(tool, title)).toBe(words);
});

test('every line says who speaks', () => {
  const placed = { seq: 1, key: '1', at: '2026-11-30T10:00:00.000Z', nested: false };
  const tool = { ...placed, type: 'tool' as const, name: 'ExitPlanMode', title: 'ExitPlanMode', input: {} };
  expect(speakerOf({ ...placed, type: 'assistant', text: 'Hello.' })).toBe('Claude');
  expect(speakerOf({ ...placed, nested: true, type: 'thinking', text: 'Hm.' })).toBe(
    'Sub-agent, Claude, thinking',
  );
  expect(speakerOf({ ...tool, result: null })).toBe('Tool: Plan');
});
