import { AppendEvents, Event, type Route, routes, SendPartial, StartRun } from '@agentfleet/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { predicateOf } from './schema-predicate.js';

const event = {
  seq: 1,
  kind: 'tool_use',
  message: 'Edit src/app.ts',
  data: { tool: 'Edit' },
  at: '2026-11-24T08:00:00.000Z',
};
const token = `att_${'a'.repeat(22)}`;

test('what runners send most passes without the schema being asked', () => {
  expect(predicateOf(AppendEvents)?.({ token, events: [event, { ...event, seq: 2, data: null }] })).toBe(
    true,
  );
  expect(predicateOf(StartRun)?.({ token })).toBe(true);
  const partial = { token, block: 1, kind: 'assistant', afterSeq: 0, offset: 0, text: 'Hel' };
  expect(predicateOf(SendPartial)?.(partial)).toBe(true);
});

/** Mostly valid, and wrong in one way or another. */
const anyValue = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(0, -1, 1.5, 2 ** 53, '', '\0', '\ud800', 'a'.repeat(4_001), null, [], {}, true),
  fc.constant(JSON.parse('{"__proto__":1}')),
);
const member = <Value>(valid: Value) => fc.oneof({ weight: 12, arbitrary: fc.constant(valid) }, anyValue);
const anyEvent = fc
  .oneof(
    {
      weight: 9,
      arbitrary: fc.record(
        {
          seq: fc.oneof(fc.integer({ min: 1 }), member(1)),
          kind: member('thinking'),
          message: fc.oneof(fc.string({ unit: 'binary' }), member('a line')),
          data: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.constant(null), member({})),
          at: fc.oneof(
            fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
            member('2024-02-29T23:59:59.999Z'),
            fc.constantFrom(
              '2023-02-29T00:00:00.000Z',
              '2024-02-28T00:00:00Z',
              '2024-02-28T00:00:00.000+01:00',
            ),
          ),
        },
        { requiredKeys: ['seq', 'kind', 'message', 'data'] },
      ),
    },
    fc.record({
      ...Object.fromEntries(Object.entries(event).map(([name, value]) => [name, fc.constant(value)])),
      extra: anyValue,
    }),
    anyValue,
  )
  // As it comes from a request.
  .map((value): unknown => JSON.parse(JSON.stringify(value)));

test('it says yes to nothing that the schema refuses or changes', () => {
  const quick = predicateOf(Event);
  let yes = 0;
  fc.assert(
    fc.property(anyEvent, (value) => {
      if (!quick?.(value)) return;
      yes += 1;
      expect(Event.safeParse(value)).toEqual({ success: true, data: value });
    }),
    { numRuns: 2_000 },
  );
  expect(yes).toBeGreaterThan(200);
});

test('what the schema takes as it is, it takes too', () => {
  const quick = predicateOf(AppendEvents);
  fc.assert(
    fc.property(fc.array(anyEvent, { minLength: 1, maxLength: 3 }), member(token), (events, someToken) => {
      const value = { token: someToken, events };
      const asked = AppendEvents.safeParse(value);
      expect(quick?.(value)).toBe(asked.success && JSON.stringify(asked.data) === JSON.stringify(value));
    }),
    { numRuns: 2_000 },
  );
});

test.each<[string, z.ZodType]>([
  ['a default', z.strictObject({ a: z.int().default(1) })],
  ['a transformed value', z.strictObject({ a: z.string().transform(Number) })],
  ['a coerced value', z.strictObject({ a: z.coerce.number() })],
  ['an object that drops what it does not know', z.object({ a: z.int() })],
  ['a record of something', z.record(z.string(), z.int())],
  ['a union', z.union([z.string(), z.int()])],
  ['a pattern that counts', z.string().regex(/a/g)],
])('%s is left to the schema', (_what, schema) => {
  expect(predicateOf(schema)).toBeUndefined();
});

test('text that is trimmed passes where there is nothing to trim', () => {
  const quick = predicateOf(z.strictObject({ a: z.string().trim().min(1) }));
  expect([' x', 'x', ' ', ''].map((a) => quick?.({ a }))).toEqual([false, true, false, false]);
});

test('every body of the contract has one, or is left to its schema', () => {
  const bodies = Object.values(routes as Record<string, Route>).flatMap(({ body }) => body ?? []);
  expect(bodies.length).toBeGreaterThan(5);
  for (const body of bodies) expect(() => predicateOf(body)).not.toThrow();
});
