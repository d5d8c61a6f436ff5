import fc from 'fast-check';

/** A schema of the OpenAPI document. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
}

/** Stands for something that is there while the requests are sent: see Live. */
export const livePrefix = '@live:';
const liveByPattern: [string, string][] = [
  ['^clr', 'run'],
  ['^run_', 'runner'],
  ['^att_', 'token'],
  ['^apr_', 'approval'],
  ['^key_', 'key'],
];

const nested = (depth: number) => JSON.parse(`${'{"a":['.repeat(depth)}1${']}'.repeat(depth)}`) as unknown;

/** Text that no compression makes short. */
const dense = fc.array(fc.integer({ min: 0x4e00, max: 0x9fff }), { minLength: 1_000, maxLength: 4_096 });

/** What breaks whoever did not think of it. */
export const nasty: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ...[
      '',
      ' ',
      '\0',
      'a\0b',
      '\ud800',
      'a\udc00b',
      '\uFEFF',
      '../../etc/passwd',
      '--help',
      '__proto__',
      'null',
    ],
    ...[
      '0000-01-01T00:00:00.000Z',
      '0001-01-01T00:00:00+23:59',
      '9999-12-31T23:59:59-23:59',
      '2026-02-30T00:00:00Z',
    ],
    ...[
      0,
      -0,
      -1,
      1.5,
      2 ** 31 - 1,
      2 ** 31,
      -(2 ** 31) - 1,
      2 ** 32,
      2 ** 53 - 1,
      2 ** 53,
      2 ** 63,
      1e300,
      1e-320,
    ],
    ...[null, true, false, [], {}, [[]], { '\0': 1 }, { '\ud800': 'x' }, { a: { 'b\0': '\0' } }],
    ...[
      JSON.parse('{"__proto__":{"x":1}}'),
      nested(300),
      nested(2_000),
      'x'.repeat(10_000),
      '٣',
      '1e3',
      '0x10',
    ],
  ),
  dense.map((codes) => `/${String.fromCodePoint(...codes)}`),
  fc.jsonValue({ maxDepth: 2 }),
);

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ maxLength: 60 }),
  fc.constantFrom('go', '/code', '/code/api', 'C:\\code', 'linux', '1.0.0'),
);

const directory = fc.oneof(
  { weight: 20, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }).map((name) => `/fuzz/${name}`) },
  { weight: 5, arbitrary: fc.constantFrom('C:\\İ\\x', '\\\\server\\share\\a', '/', '/code/../x') },
  { weight: 1, arbitrary: dense.map((codes) => `/${String.fromCodePoint(...codes)}`) },
);

/** Mostly what a schema takes, now and then something else in any place of it. */
export class Values {
  readonly #components: Record<string, Schema>;
  readonly #known = new Map<string, fc.Arbitrary<unknown>>();

  constructor(components: Record<string, Schema>) {
    this.#components = components;
  }

  of(schema: Schema, name = ''): fc.Arbitrary<unknown> {
    return fc.oneof({ weight: 80, arbitrary: this.#fitting(schema, name) }, { weight: 1, arbitrary: nasty });
  }

  #fitting(schema: Schema, name: string): fc.Arbitrary<unknown> {
    if (schema.$ref) return this.#component(schema.$ref.split('/').at(-1) ?? '');
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.enum) return fc.constantFrom(...schema.enum);
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices) return fc.oneof(...choices.map((choice) => this.of(choice, name)));
    // Nobody waits on purpose.
    if (/^(cwd|directories)$/.test(name)) return directory;
    if (/^wait(Sec)?$/.test(name)) return fc.constantFrom<unknown>(0, 0, 0, 1, -1, 31);
    const types = [schema.type ?? 'any'].flat();
    return fc.oneof(...types.map((type) => this.#ofType(type, schema, name)));
  }

  #ofType(type: string, schema: Schema, name: string): fc.Arbitrary<unknown> {
    switch (type) {
      case 'string':
        return textOf(schema);
      case 'integer':
        return fc.oneof(
          fc.integer({ min: Math.max(schema.minimum ?? 0, -100), max: Math.min(schema.maximum ?? 100, 100) }),
          fc.constantFrom(schema.minimum ?? 0, Math.min(schema.maximum ?? 1, 2 ** 53 - 1)),
        );
      case 'number':
        return fc.double({ min: schema.minimum ?? 0, max: schema.maximum ?? 1e12, noNaN: true });
      case 'boolean':
        return fc.boolean();
      case 'null':
        return fc.constant(null);
      case 'array':
        return fc.array(this.of(schema.items ?? {}, name), {
          minLength: schema.minItems ?? 0,
          maxLength: Math.min(schema.maxItems ?? 3, 3),
        });
      case 'object':
        return this.#object(schema);
      default:
        return fc.jsonValue({ maxDepth: 3 });
    }
  }

  #object({ properties, required = [], additionalProperties }: Schema): fc.Arbitrary<unknown> {
    if (!properties) {
      const inner = typeof additionalProperties === 'object' ? this.of(additionalProperties) : fc.jsonValue();
      return fc.dictionary(text, inner, { maxKeys: 4 });
    }
    const members = Object.fromEntries(
      Object.entries(properties).map(([name, inner]) => [name, this.of(inner, name)]),
    );
    return fc.oneof(
      { weight: 40, arbitrary: fc.record(members, { requiredKeys: required }) },
      { weight: 1, arbitrary: fc.record(members, { requiredKeys: [] }) },
      { weight: 1, arbitrary: fc.record({ ...members, colour: nasty }) },
    );
  }

  #component(name: string): fc.Arbitrary<unknown> {
    const known = this.#known.get(name);
    if (known) return known;
    const made = this.of(this.#components[name] ?? {});
    this.#known.set(name, made);
    return made;
  }
}

function textOf({ pattern, format, minLength = 0, maxLength = 200 }: Schema): fc.Arbitrary<string> {
  if (format === 'date-time') {
    const within = { min: new Date('0001-01-02T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z') };
    return fc.date({ ...within, noInvalidDate: true }).map((date) => date.toISOString());
  }
  if (format === 'uuid') return fc.uuid();
  const live = liveByPattern.find(([start]) => pattern?.startsWith(start))?.[1];
  const matching = pattern === undefined ? undefined : fc.stringMatching(new RegExp(pattern));
  if (live && matching) {
    return fc.oneof(
      { weight: 9, arbitrary: fc.constant(livePrefix + live) },
      { weight: 1, arbitrary: matching },
    );
  }
  if (matching) return matching;
  const fits = (value: string) => value.length >= minLength && value.length <= maxLength;
  return text.map((value) => (fits(value) ? value : 'x'.repeat(minLength)));
}

/** A value as it stands in an address; what has members of any name may have no text of its own. */
export function asText(value: unknown): string {
  if (Array.isArray(value)) return value.map(asText).join(',');
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}
