import { expect, test } from 'vitest';
import type * as z from 'zod';
import type { Route } from './route.js';
import { routes } from './routes.js';
import { Instant, JsonObject, Timestamp } from './text.js';

test.each([
  ['2026-11-23T21:00:00.000Z', true],
  ['2024-02-29T00:00:00.000Z', true],
  ['2026-02-29T00:00:00.000Z', false],
  ['2026-11-23T21:00:00Z', false],
  ['2026-11-23T21:00:00.000+01:00', false],
  ['2026-11-23T21:00:00.000', false],
  ['2026-11-23', false],
])('%j is a time in UTC with milliseconds: %j', (text, is) => {
  expect(Timestamp.safeParse(text).success).toBe(is);
});

test.each([
  ['2026-11-23T21:00:00.000Z', '2026-11-23T21:00:00.000Z'],
  ['2026-11-23T21:00:00Z', '2026-11-23T21:00:00.000Z'],
  ['2026-11-23t21:00:00z', '2026-11-23T21:00:00.000Z'],
  ['2026-11-23T21:00:00.5Z', '2026-11-23T21:00:00.500Z'],
  ['2026-11-23T21:00:00.123456789+05:45', '2026-11-23T15:15:00.123Z'],
  ['2026-11-23T21:00:00-00:00', '2026-11-23T21:00:00.000Z'],
  ['2024-02-29T23:59:59-08:00', '2024-03-01T07:59:59.000Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ['9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999Z'],
  ['0000-01-01T00:00:00.000Z', undefined],
  ['0001-01-01T00:00:00+01:00', undefined],
  ['9999-12-31T23:59:59-01:00', undefined],
  ['2026-02-29T00:00:00Z', undefined],
  ['2026-13-01T00:00:00Z', undefined],
  ['2026-11-31T00:00:00Z', undefined],
  ['2026-11-23T24:00:00Z', undefined],
  ['2026-11-23T21:00:60Z', undefined],
  ['2026-11-23T21:00Z', undefined],
  ['2026-11-23 21:00:00Z', undefined],
  ['2026-11-23T21:00:00', undefined],
  ['2026-11-23T21:00:00+1', undefined],
  ['+012026-11-23T21:00:00Z', undefined],
  ['2026-11-23', undefined],
  ['', undefined],
])('%j is read as the instant %j', (text, instant) => {
  expect(Instant.safeParse(text).data).toBe(instant);
});

const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: [nested(depth - 1)] });

test.each([
  ['what JSON has', { a: [1, 'ü', null, { b: '😀' }], '': true }, undefined],
  ['NUL in a value', { a: ['x\0'] }, 'NUL'],
  ['NUL in a name', { a: { 'x\0': 1 } }, 'NUL'],
  ['half a character in a value', { a: '\ud83d' }, 'surrogate'],
  ['half a character in a name', { '\ude00': 1 }, 'surrogate'],
  ['values that lie deep', nested(200), undefined],
  ['values that lie too deep', nested(3_000), 'deep'],
])('a payload may hold what the database can: %s', (_what, value, message) => {
  const issue = JsonObject.safeParse(value).error?.issues[0];
  if (message === undefined) expect(issue).toBeUndefined();
  else expect(issue?.message).toContain(message);
});

/** The texts and numbers that a request may bring, by where they stand. */
function leavesOf(schema: z.core.$ZodType, path: string): [string, z.ZodType][] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'object':
      return Object.entries(def.shape).flatMap(([name, inner]) => leavesOf(inner, `${path}.${name}`));
    case 'array':
      return leavesOf(def.element, `${path}.*`);
    case 'record':
      return [...leavesOf(def.keyType, `${path} names`), ...leavesOf(def.valueType, `${path}.*`)];
    case 'optional':
    case 'nullable':
    case 'default':
      return leavesOf(def.innerType, path);
    case 'union':
      return def.options.flatMap((option) => leavesOf(option, path));
    default:
      return [[path, schema as z.ZodType]];
  }
}

const leaves = Object.entries<Route>(routes).flatMap(([name, route]) => [
  ...(route.body ? leavesOf(route.body, name) : []),
  ...(route.query ? leavesOf(route.query, name) : []),
  ...(route.params ? leavesOf(route.params, name) : []),
]);
const ofType = (...types: string[]) => leaves.filter(([, leaf]) => types.includes(leaf._zod.def.type));

/** What is never stored: it is compared, or shown as it comes, cut anywhere. And what a payload checks as a whole. */
const notStored =
  /^(createBrowserSession\.(apiKey|code)|sendPartial\.text|\w+(\.\w+|\.\*)*\.(data|input) names)$/;

test.each(ofType('string', 'pipe').filter(([path]) => !notStored.test(path)))(
  'the text %s never reaches the database with what it cannot store',
  (_path, leaf) => {
    const ends = ['', 'clr0mwuqzw8740qyagc99weiq', '/code', '2026-11-23T21:00:00Z'];
    for (const text of ends.flatMap((end) => [`${end}\0`, `${end}\ud800`])) {
      expect(JSON.stringify(leaf.safeParse(text).data) ?? '').not.toMatch(/\\u0000|\\ud800/);
    }
  },
);

/** These are kept in 64 bits, or not at all. */
const large = /\.(seq|lastSeq|afterSeq|block|logChecksum)$/;

test.each(ofType('number').filter(([path]) => !large.test(path)))(
  'the number %s is bounded by what the database keeps and sums',
  (path, leaf) => {
    const most = /Tokens$|Usd$/.test(path) ? 1e12 : 2_147_483_647;
    for (const number of [most + 1, Number.MAX_SAFE_INTEGER, 1e300]) {
      expect(leaf.safeParse(number).success).toBe(false);
    }
  },
);
