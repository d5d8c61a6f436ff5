import type { JsonObject } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { planOf, questionsOf } from './questions.js';

const option = { label: 'Koa', description: 'small' };
const question = { question: 'Which server?', header: 'Server', options: [option], multiSelect: false };
const ask = (...questions: unknown[]) =>
  questionsOf('AskUserQuestion', { questions } as unknown as JsonObject);

test('questions are read with their options', () => {
  expect(
    ask(question, { question: 'Which days?', options: [{ label: 'Monday' }], multiSelect: true }),
  ).toEqual([
    { question: 'Which server?', header: 'Server', options: [option], isMultiple: false },
    {
      question: 'Which days?',
      header: undefined,
      options: [{ label: 'Monday', description: undefined }],
      isMultiple: true,
    },
  ]);
});

test.each([
  ['no questions', []],
  ['a question twice', [question, question]],
  ['an option twice', [{ ...question, options: [option, option] }]],
  ['no options', [{ ...question, options: [] }]],
  ['options that are no list', [{ ...question, options: 'Koa' }]],
  ['an option that is a text', [{ ...question, options: ['Koa'] }]],
  ['an option without a label', [{ ...question, options: [{ description: 'small' }] }]],
  ['a blank question', [{ ...question, question: '  ' }]],
  ['a question that is a number', [{ ...question, question: 7 }]],
  ['a question without end', [{ ...question, question: 'x'.repeat(5_000) }]],
  ['one that is null', [question, null]],
  ['far too many', Array.from({ length: 40 }, (_, index) => ({ ...question, question: `${index}` }))],
])('with %s nothing is guessed', (_what, questions) => {
  expect(ask(...questions)).toBeUndefined();
});

test.each([
  ['Bash', { questions: [question] }],
  ['AskUserQuestion', {}],
  ['AskUserQuestion', { questions: { 0: question } }],
])('%s with %j asks no questions', (tool, input) => {
  expect(questionsOf(tool, input)).toBeUndefined();
});

test('a plan is a text of its own tool, and not blank', () => {
  expect(planOf('ExitPlanMode', { plan: '# Do it' })).toBe('# Do it');
  expect(planOf('ExitPlanMode', { plan: ' \n' })).toBeUndefined();
  expect(planOf('ExitPlanMode', { plan: ['# Do it'] })).toBeUndefined();
  expect(planOf('Write', { plan: '# Do it' })).toBeUndefined();
});
