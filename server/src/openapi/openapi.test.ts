import {
  errorCodes,
  isRevalidated,
  type Route,
  type RouteName,
  refusalsOf,
  routes,
} from '@agentfleet/contract';
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

type Json = { [name: string]: Json } & Json[];
const operationOf = (name: RouteName) =>
  Object.values(document.paths as unknown as Json)
    .flatMap((operations) => Object.values(operations) as Json[])
    .find(({ operationId }) => (operationId as unknown) === name) as Json;
const parameterOf = (name: RouteName, parameter: string) =>
  (operationOf(name).parameters as Json).find((one) => (one.name as unknown) === parameter);

/** Each schema of the document, by where it stands. */
function schemasIn(value: unknown, path = ''): [string, Json][] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.entries(value).flatMap(([name, one]) => schemasIn(one, `${path}/${name}`));
  return 'type' in value || 'anyOf' in value ? [[path, value as unknown as Json], ...inner] : inner;
}

test('numbers and lists in an address are numbers and lists, and words are the words that there are', () => {
  expect(parameterOf('listRuns', 'limit')).toMatchObject({
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: 200 },
  });
  expect(parameterOf('listRuns', 'status')).toMatchObject({
    style: 'form',
    explode: false,
    schema: {
      type: 'array',
      items: { enum: ['QUEUED', 'CLAIMED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'] },
    },
  });
  expect(parameterOf('getUsage', 'groupBy')).toMatchObject({ schema: { type: 'array' } });
  expect(parameterOf('tailRun', 'after')).toMatchObject({ schema: { type: 'integer', format: 'int64' } });
  expect(parameterOf('getEventImage', 'seq')).toMatchObject({
    in: 'path',
    required: true,
    schema: { type: 'integer' },
  });
});

test('nothing in a request has a default that generators take for always there; the description tells it', () => {
  const withDefault = schemasIn(document).filter(([, schema]) => 'default' in schema);
  expect(withDefault.map(([path]) => path)).toEqual([]);
  const { properties, required } = document.components.schemas.CreateRun as Json;
  expect(required).toEqual(['prompt', 'cwd']);
  expect(properties?.approvalSec?.description).toContain('600');
});

test('a body that may be empty may be left out', () => {
  const required = (name: RouteName) => operationOf(name).requestBody?.required;
  expect((['pauseRunner', 'resumeRunner', 'cancelRun'] as const).map(required)).toEqual([
    false,
    false,
    false,
  ]);
  expect((['createRun', 'followUp', 'decideApproval'] as const).map(required)).toEqual([true, true, true]);
});

test('requests are closed and answers are open, also where they share a schema', () => {
  const { schemas } = document.components;
  for (const closed of ['CreateRun', 'AppendEvents', 'EventInput']) {
    expect(schemas[closed]).toMatchObject({ additionalProperties: false });
  }
  for (const open of ['Run', 'Event', 'Error', 'Approval']) {
    expect(schemas[open]).not.toHaveProperty('additionalProperties');
  }
  const events = (schemas.AppendEvents as Json).properties?.events?.items;
  expect(events).toEqual({ $ref: '#/components/schemas/EventInput' });
});

test.each(Object.keys(routes) as RouteName[])(
  '%s says with which statuses, codes and headers it answers',
  (name) => {
    const route: Route = routes[name];
    const { responses = {} as Json } = operationOf(name);
    const codes = refusalsOf(route);
    const kept = isRevalidated(route);
    const statuses = [
      route.status,
      ...(route.done ? [route.done] : []),
      ...(kept ? [304] : []),
      ...codes.map((code) => errorCodes[code].status),
    ].map(String);
    if (kept) expect(responses['304']?.headers).toHaveProperty('ETag');
    expect(Object.keys(responses).sort()).toEqual([...new Set(statuses)].sort());
    for (const response of Object.values(responses)) expect(response.headers).toHaveProperty('X-Request-Id');
    for (const code of codes) {
      const refusal = responses[errorCodes[code].status];
      expect(refusal?.description).toContain(code);
      expect(refusal?.content?.['application/json']?.schema).toEqual({ $ref: '#/components/schemas/Error' });
    }
    expect(responses['503']?.headers).toHaveProperty('Retry-After');
  },
);

test('what callers may send as headers, and both ways to authenticate, are in it', () => {
  for (const name of ['createRun', 'followUp', 'createApiKey'] as const) {
    expect(parameterOf(name, 'Idempotency-Key')).toMatchObject({ in: 'header' });
  }
  expect(parameterOf('listRuns', 'If-None-Match')).toMatchObject({ in: 'header' });
  expect(parameterOf('tailRun', 'Last-Event-ID')).toMatchObject({ in: 'header' });
  expect(parameterOf('createRun', 'AgentFleet-CSRF')).toMatchObject({ in: 'header' });
  expect(parameterOf('claim', 'AgentFleet-Protocol')).toMatchObject({ in: 'header', required: true });
  for (const name of ['AgentFleet-Runner-Instance', 'AgentFleet-Enrolment']) {
    expect(parameterOf('registerRunner', name)).toMatchObject({ in: 'header' });
  }
  expect(operationOf('createRun').security).toEqual([{ apiKey: [] }, { session: [] }]);
  expect(Object.keys(document.components.securitySchemes)).toEqual(['apiKey', 'session']);
  const stream = operationOf('tailRun').responses?.['200']?.content?.['text/event-stream'];
  expect(stream?.schema?.description).toMatch(/event: event.*event: partial.*event: end/);
});

test.each(Object.entries(examples))(
  'the examples of %s are what the route takes and answers',
  (name, example) => {
    const route: Route = routes[name as RouteName];
    if (example.request) expect(route.body?.safeParse(example.request).error?.issues).toBeUndefined();
    expect(route.response.safeParse(example.response).error?.issues).toBeUndefined();
  },
);

test('every endpoint is in a section of the page', () => {
  const known = sections.map(({ name }) => name);
  expect(Object.values<Route>(routes).filter(({ tag }) => !known.includes(tag))).toEqual([]);
});
