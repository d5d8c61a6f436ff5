import * as z from 'zod';

export type JsonSchema = { [name: string]: unknown };

/**
 * The shared schemas: those with an id in the contract, each once. What is sent is closed, as the server refuses what
 * it does not know; what is answered is open, for newer servers say more. A schema of both has two names.
 */
export class Components {
  readonly schemas: Record<string, JsonSchema> = {};
  readonly #answered = new Set<string>();

  /** Call it for all answers before `sent`. @returns the schema of a place in the document */
  answered(schema: z.ZodType): JsonSchema {
    const made = convert(schema, 'output');
    for (const name of [...Object.keys(made.definitions), ...made.names]) this.#answered.add(name);
    return this.#place(made, (name) => name, opened);
  }

  sent(schema: z.ZodType): JsonSchema {
    const rename = (name: string) => (this.#answered.has(name) ? `${name}Input` : name);
    return this.#place(convert(schema, 'input'), rename, withoutDefaults);
  }

  /** A parameter in the form in which it is read: a number is a number, a list is a list. */
  read(schema: z.ZodType): JsonSchema {
    return this.#place(convert(schema, 'output'), (name) => name, withoutDefaults);
  }

  #place(
    { own, definitions, names }: Converted,
    rename: (name: string) => string,
    finish: Finish,
  ): JsonSchema {
    const finished = (schema: JsonSchema) => finish(tidy(schema, rename)) as JsonSchema;
    for (const [name, definition] of Object.entries(definitions)) {
      this.schemas[rename(name)] ??= finished(definition);
    }
    const [name] = names;
    if (name === undefined) return finished(own);
    this.schemas[rename(name)] ??= finished(own);
    return { $ref: `#/components/schemas/${rename(name)}` };
  }
}

type Finish = (value: unknown) => unknown;

interface Converted {
  own: JsonSchema;
  definitions: Record<string, JsonSchema>;
  /** Of the schema itself, where it has one. */
  names: string[];
}

function convert(schema: z.ZodType, io: 'input' | 'output'): Converted {
  const made = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as JsonSchema;
  const { $schema: _dialect, $defs, ...own } = made;
  const definitions = ($defs ?? {}) as Record<string, JsonSchema>;
  return { own, definitions, names: typeof own.id === 'string' ? [own.id] : [] };
}

/** Whole numbers beyond what is exact in JSON's numbers need no saying. */
const exact = Number.MAX_SAFE_INTEGER;
const most32Bits = 2 ** 31 - 1;

/** References into the document, and integers with their size. */
function tidy(value: unknown, rename: (name: string) => string): unknown {
  return mapped(value, ({ id: _id, $ref, ...schema }) => {
    const local = typeof $ref === 'string' ? /^#\/\$defs\/(.+)$/.exec($ref)?.[1] : undefined;
    if (local !== undefined) return { $ref: `#/components/schemas/${rename(local)}` };
    if (schema.type !== 'integer') return schema;
    const { minimum, maximum, ...rest } = schema;
    const isSmall = typeof maximum === 'number' && maximum <= most32Bits;
    return {
      ...rest,
      format: isSmall ? 'int32' : 'int64',
      ...(typeof minimum === 'number' && minimum > -exact && { minimum }),
      ...(typeof maximum === 'number' && maximum < exact && { maximum }),
    };
  });
}

/** Newer servers answer with more fields. */
function opened(value: unknown): unknown {
  return mapped(value, ({ additionalProperties, ...rest }) =>
    additionalProperties === false || additionalProperties === undefined
      ? rest
      : { ...rest, additionalProperties },
  );
}

/** Generators take a field with a default for one that is always there: of a request it may be left out. */
function withoutDefaults(value: unknown): unknown {
  return mapped(value, ({ default: usual, ...rest }) => {
    if (usual === undefined) return rest;
    const said = typeof rest.description === 'string' ? rest.description : '';
    if (/default/i.test(said)) return rest;
    const told = `Default: ${JSON.stringify(usual)}`;
    return { ...rest, description: said === '' ? told : `${said}. ${told}` };
  });
}

/** Each schema in a schema, but not the members of `properties`, whose names are not ours. */
function mapped(value: unknown, change: (schema: JsonSchema) => JsonSchema): unknown {
  if (Array.isArray(value)) return value.map((inner) => mapped(inner, change));
  if (typeof value !== 'object' || value === null) return value;
  const inner = Object.entries(value).map(([key, member]) => [
    key,
    key === 'properties' && typeof member === 'object' && member !== null
      ? Object.fromEntries(Object.entries(member).map(([name, field]) => [name, mapped(field, change)]))
      : mapped(member, change),
  ]);
  return change(Object.fromEntries(inner));
}
