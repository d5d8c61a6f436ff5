import type { RouteName } from '@agentfleet/contract';
import fc from 'fast-check';
import { asText, nasty, type Schema, Values } from './values.js';

/** A request that is still to be sent: what begins with `livePrefix` is filled in then. */
export interface Asked {
  route: RouteName;
  method: string;
  path: string;
  query: [string, unknown][];
  headers: Record<string, string>;
  /** undefined sends none. */
  body: unknown;
  /** Whether events are numbered as the log goes on. */
  inOrder: boolean;
  /** How the body's text is spoilt. */
  spoilt: 'no' | 'cut' | 'doubled' | 'not utf-8' | 'gzip that is none';
}

interface Operation {
  operationId: string;
  parameters: { name: string; in: string; schema: Schema; required?: boolean }[];
  requestBody?: { content: { 'application/json': { schema: Schema } } };
}

export interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

const rarely = <Value>(usual: Value, ...others: Value[]) =>
  fc.oneof(
    { weight: 30, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );

const types = rarely('application/json', '', 'text/plain', 'application/json; charset=latin1', 'a/b/c', '*');
const encodings = rarely('', 'identity', 'gzip', 'constructor', '__proto__', 'zstd', 'gzip, br');
const accepts = rarely(
  'application/json',
  '*/*',
  '',
  'text/event-stream',
  'image/png',
  'text/html',
  ';;q=x',
  'application/*',
);
const keys = rarely('', 'a key', 'x'.repeat(201), 'fuzz-1', 'fuzz-2', 'fuzz-3');
const lastEventIds = rarely('', '0', '1', '-1', '999999999999999', '9'.repeat(40));
const instances = rarely('', 'one', 'x'.repeat(5_000), '\u00ff\u0080', '__proto__');
const secrets = rarely('', 'a'.repeat(30), 'b'.repeat(22), 'short', 'é'.repeat(30));
const protocols = rarely('1', '', '0', '-1', 'NaN', '1e9', '2');

/** Any request that the document knows, and its neighbours that nobody should send. */
export function requestsOf(document: Document): fc.Arbitrary<Asked> {
  const values = new Values(document.components.schemas);
  const asked = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => requestOf(values, path, method, operation)),
  );
  return fc.oneof(...asked);
}

function requestOf(values: Values, path: string, method: string, operation: Operation): fc.Arbitrary<Asked> {
  const { parameters, requestBody, operationId } = operation;
  const inPath = parameters.filter((parameter) => parameter.in === 'path');
  const inQuery = parameters.filter((parameter) => parameter.in === 'query');
  const paths = fc
    .tuple(...inPath.map(({ name, schema }) => values.of(schema, name)))
    .map((filled) =>
      inPath.reduce((made, { name }, index) => made.replace(`{${name}}`, pathPart(filled[index])), path),
    );
  const body = requestBody?.content['application/json'].schema;
  return fc.record({
    route: fc.constant(operationId as RouteName),
    method: rarely(method.toUpperCase(), 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'POST', 'GET'),
    path: fc.oneof(
      { weight: 30, arbitrary: paths },
      {
        weight: 1,
        arbitrary: fc.constantFrom(`${path}/`, path.toUpperCase(), `/${path}`, `${path}%00`, `${path}/%zz`),
      },
    ),
    query: fc.oneof(
      { weight: 20, arbitrary: queryOf(values, inQuery) },
      { weight: 1, arbitrary: fc.array(fc.tuple(fc.constantFrom('limit', 'q', 'a\0', '__proto__'), nasty)) },
    ),
    headers: fc
      .record({
        'content-type': types,
        'content-encoding': encodings,
        accept: accepts,
        'idempotency-key': keys,
        'last-event-id': lastEventIds,
        'agentfleet-protocol': protocols,
        'agentfleet-runner-instance': instances,
        'agentfleet-enrolment': secrets,
      })
      .map((headers) => Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''))),
    inOrder: rarely(true, false),
    body: body ? values.of(body) : fc.constant(undefined),
    spoilt: rarely<Asked['spoilt']>('no', 'cut', 'doubled', 'not utf-8', 'gzip that is none'),
  });
}

/** Any of the parameters, some more than once. */
function queryOf(values: Values, parameters: Operation['parameters']): fc.Arbitrary<[string, unknown][]> {
  if (parameters.length === 0) return fc.constant([]);
  const one = fc.oneof(
    ...parameters.map(({ name, schema }) => fc.tuple(fc.constant(name), values.of(schema, name))),
  );
  return fc
    .uniqueArray(one, { maxLength: 4, selector: ([name]) => name })
    .chain((once) => rarely(once, [...once, ...once.slice(0, 1)]));
}

const pathPart = (value: unknown) =>
  typeof value === 'string' && value.startsWith('@')
    ? value
    : encodeURIComponent(asText(value).toWellFormed());
