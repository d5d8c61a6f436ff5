import { expect, test } from 'vitest';
import * as z from 'zod';
import { misfit, readingOf } from './reading.js';
import { routes } from './routes.js';
import { RequestedApproval } from './runner-protocol.js';

const approval = { id: 'apr_aaaaaaaa', state: 'waiting', expiresInMs: 5, decision: null };

test('fields that a newer server sends are left out at any depth, and what is known stays', () => {
  const decision = { decision: 'allow', decidedBy: 'ann', forSession: true };
  const said = { ...approval, colour: 'red', decision: { ...decision, type: 'tool_use' } };
  expect(RequestedApproval.safeParse(said).success).toBe(false);
  expect(readingOf(RequestedApproval).parse(said)).toEqual({ ...approval, decision });
});

test('what does not fit is named by its field', () => {
  const wrong = (said: object) => {
    const { error } = readingOf(RequestedApproval).safeParse(said);
    return error && misfit(error);
  };
  expect(wrong({ ...approval, id: '../../etc' })).toBe('id is not the id of an approval');
  expect(wrong({ ...approval, expiresInMs: 1.5 })).toMatch(/^expiresInMs: /);
  expect(wrong({ ...approval, decision: { decision: 'allow' } })).toMatch(/^decision\.decidedBy: /);
});

test('the checks of an object as a whole stay, also behind what may be left out', () => {
  const even = z.strictObject({ n: z.int() }).refine(({ n }) => n % 2 === 0, { error: 'must be even' });
  const schema = readingOf(
    z.strictObject({ list: z.array(even).optional(), by: z.record(z.string(), even) }),
  );
  expect(schema.parse({ by: { a: { n: 2, more: 1 } } })).toEqual({ by: { a: { n: 2 } } });
  expect(schema.safeParse({ list: [{ n: 1, more: 1 }], by: {} }).error?.issues[0]?.path).toEqual(['list', 0]);
});

test('every answer of every route can be read', () => {
  for (const { response } of Object.values(routes)) {
    expect(readingOf(response)).toBeInstanceOf(z.ZodType);
    expect(readingOf(response).safeParse(0).success).toBe(false);
  }
});
