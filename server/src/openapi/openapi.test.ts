import { type Route, type RouteName, routes } from '@agentfleet/contract';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { examples } from './examples.js';
import { sections } from './introduction.js';
import { openApiDocument } from './openapi.js';

const document = openApiDocument('1.2.3');

test('the generated document is valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  const result = await validator.validate(structuredClone(document) as never);
  expect(result).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
});

test('it has every route of the contract', () => {
  const operations = Object.values(document.paths).flatMap((path) => Object.keys(path));
  expect(operations).toHaveLength(Object.keys(routes).length);
});

test('every reference in it leads somewhere', () => {
  const references = JSON.stringify(document).match(/#\/components\/schemas\/[^"]+/g) ?? [];
  expect(references.length).toBeGreaterThan(20);
  const missing = references.filter(
    (reference) => !((reference.split('/')[3] as string) in document.components.schemas),
  );
  expect(missing).toEqual([]);
});

test.each(Object.entries(examples))(
  'the examples of %s are what the route takes and answers',
  (name, example) => {
    const route: Route = routes[name as RouteName];
    if (example.request) expect(route.body?.safeParse(example.request).error?.issues).toBeUndefined();
    // Fields may be left out of a response, but none is wrong or unknown.
    const missing = (route.response.safeParse(example.response).error?.issues ?? []).filter(
      (issue) => !(issue.code === 'invalid_type' && issue.message.includes('received undefined')),
    );
    expect(missing).toEqual([]);
  },
);

test('every endpoint is in a section of the page', () => {
  const known = sections.map(({ name }) => name);
  expect(Object.values<Route>(routes).filter(({ tag }) => !known.includes(tag))).toEqual([]);
});
