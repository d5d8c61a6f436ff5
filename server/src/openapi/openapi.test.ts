import { routes } from '@agentfleet/contract';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
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
