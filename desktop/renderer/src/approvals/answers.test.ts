import { expect, test } from 'vitest';
import type { AskedQuestion } from '../conversation/questions.js';
import { answersOf, answerTo, choose, chooseOther, readFilled } from './answers.js';

const options = ['Koa', 'Fastify', 'Hono'].map((label) => ({ label, description: undefined }));
const one: AskedQuestion = { question: 'Which?', header: undefined, options, isMultiple: false };
const several: AskedQuestion = { ...one, question: 'Which ones?', isMultiple: true };
const empty = { chosen: [], other: '', takesOther: false };

test('where one may be chosen, the next takes its place, and one’s own words that of all', () => {
  const second = choose(one, choose(one, empty, 0), 1);
  expect(answerTo(one, second)).toBe('Fastify');
  const own = { ...chooseOther(one, second, true), other: ' node:http ' };
  expect(answerTo(one, own)).toBe('node:http');
  expect(answerTo(one, choose(one, own, 2))).toBe('Hono');
});

test('where several may be chosen they are said in their order, with one’s own words at the end', () => {
  const chosen = choose(several, choose(several, empty, 2), 0);
  expect(answerTo(several, chosen)).toBe('Koa, Hono');
  expect(answerTo(several, { ...chooseOther(several, chosen, true), other: 'mine' })).toBe('Koa, Hono, mine');
  expect(answerTo(several, choose(several, chosen, 2))).toBe('Koa');
});

test('there are answers once every question has one', () => {
  const first = choose(one, empty, 0);
  expect(answersOf([one, several], [first, empty])).toBeUndefined();
  expect(answersOf([one, several], [first, { ...empty, takesOther: true, other: '  ' }])).toBeUndefined();
  expect(answersOf([one, several], [first, choose(several, empty, 1)])).toEqual({
    'Which?': 'Koa',
    'Which ones?': 'Fastify',
  });
});

test('what was filled in comes back', () => {
  const filled = [choose(one, empty, 1), { ...empty, other: 'mine', takesOther: true }];
  expect(readFilled(JSON.stringify(filled), [one, several])).toEqual(filled);
});

test.each(['', 'null', '{}', '[null]', '[{"chosen":"all"}]', '[{"chosen":[9]}]', '['])(
  'a stored %j is an empty form',
  (stored) => {
    expect(readFilled(stored, [one])).toEqual([empty]);
  },
);
