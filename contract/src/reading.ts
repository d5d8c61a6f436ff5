import type * as z from 'zod';
import { clone } from 'zod/v4/core';

/**
 * A schema as whoever receives an answer reads it: known fields must fit, and unknown ones, which a newer server may
 * send, are left out of what it gives. Nothing that no schema has looked at gets any further.
 */
export function readingOf<Schema extends z.ZodType>(schema: Schema): Schema {
  return opened(schema as unknown as z.core.$ZodTypes) as unknown as Schema;
}

/** Checks of the whole (`refine`) stay. */
function opened(schema: z.core.$ZodTypes): z.core.$ZodTypes {
  const { def } = schema._zod;
  const inner = (part: z.core.$ZodType) => opened(part as z.core.$ZodTypes);
  switch (def.type) {
    case 'object': {
      const fields = Object.entries(def.shape).map(([name, field]) => [name, inner(field)]);
      const { catchall: _, ...more } = def;
      return clone(schema, { ...more, shape: Object.fromEntries(fields) } as never);
    }
    case 'array':
      return clone(schema, { ...def, element: inner(def.element) } as never);
    case 'optional':
    case 'nullable':
    case 'default':
      return clone(schema, { ...def, innerType: inner(def.innerType) } as never);
    case 'union':
      return clone(schema, { ...def, options: def.options.map(inner) } as never);
    case 'record':
      return clone(schema, { ...def, valueType: inner(def.valueType) } as never);
    default:
      return schema;
  }
}

/** What does not fit, as one phrase that names the field, e.g. `runs.0.id is not the id of a run`. */
export function misfit({ issues }: z.core.$ZodError): string {
  const [issue] = issues;
  if (!issue) return 'it does not fit';
  const field = issue.path.map(String).join('.') || 'it';
  // Our own patterns say it as a phrase that follows the name; zod's words are a sentence of their own.
  return /^(is|must|may|looks) /.test(issue.message)
    ? `${field} ${issue.message}`
    : `${field}: ${issue.message}`;
}
