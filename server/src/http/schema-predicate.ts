import type * as z from 'zod';

type Check = (value: unknown) => boolean;

/**
 * A check that says yes to most of what a schema takes as it is, for a fraction of what asking the schema costs: nothing
 * is copied and nothing is reported. No means that the schema must be asked, be it for the reason or for a verdict that
 * is not ours to give. So the schema stays the one declaration, and both answer alike.
 * @returns undefined for a schema with a part that changes its input, or that is not known here
 */
export function predicateOf(schema: z.core.$ZodType): Check | undefined {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  const own = ownCheck(def);
  const more = (def.checks ?? []).map((check) => checkOf((check as z.core.$ZodChecks)._zod.def));
  return all([own, ...more]);
}

/** What the type itself asks, without the checks that were added to it. */
function ownCheck(def: z.core.$ZodTypes['_zod']['def']): Check | undefined {
  switch (def.type) {
    case 'string':
      if ('coerce' in def && def.coerce) return undefined;
      return all([isString, 'format' in def ? checkOf(def as unknown as CheckDef) : yes]);
    case 'number':
      if ('coerce' in def && def.coerce) return undefined;
      return all([isNumber, 'format' in def ? checkOf(def as unknown as CheckDef) : yes]);
    case 'boolean':
      return 'coerce' in def && def.coerce ? undefined : (value) => typeof value === 'boolean';
    case 'unknown':
      return yes;
    case 'enum': {
      const entries = new Set<unknown>(Object.values(def.entries));
      return (value) => typeof value === 'string' && entries.has(value);
    }
    case 'nullable': {
      const inner = predicateOf(def.innerType);
      return inner && ((value) => value === null || inner(value));
    }
    case 'array': {
      const element = predicateOf(def.element);
      return element && ((value) => Array.isArray(value) && value.every(element));
    }
    case 'record':
      return isFree(def.keyType) && isFree(def.valueType) ? isPlain : undefined;
    case 'object':
      return objectCheck(def);
    default:
      return undefined;
  }
}

type CheckDef = z.core.$ZodChecks['_zod']['def'] | z.core.$ZodCheckOverwriteDef | z.core.$ZodCustomDef;

/** What was added to a type: lengths, formats, bounds, conditions of ours. */
function checkOf(def: CheckDef): Check | undefined {
  switch (def.check) {
    case 'max_length':
      return (value) => (value as ArrayLike<unknown>).length <= def.maximum;
    case 'min_length':
      return (value) => (value as ArrayLike<unknown>).length >= def.minimum;
    case 'greater_than':
      return (value) =>
        def.inclusive ? Number(value) >= Number(def.value) : Number(value) > Number(def.value);
    case 'less_than':
      return (value) =>
        def.inclusive ? Number(value) <= Number(def.value) : Number(value) < Number(def.value);
    case 'number_format':
      return def.format === 'safeint' ? Number.isSafeInteger : undefined;
    case 'string_format': {
      const { pattern } = def;
      // A pattern that remembers where it was answers differently each time. Only these formats are their pattern alone.
      if (!pattern || pattern.global || pattern.sticky || !patternAlone.has(def.format)) return undefined;
      return (value) => pattern.test(value as string);
    }
    case 'overwrite':
      return (value) => Object.is(def.tx(value), value);
    case 'custom': {
      const { fn } = def;
      return (value) => Boolean(fn(value));
    }
    default:
      return undefined;
  }
}

const patternAlone: ReadonlySet<string> = new Set(['regex', 'datetime', 'uuid', 'guid']);

/** An object with these members and no others. */
function objectCheck({ shape, catchall }: z.core.$ZodObjectDef): Check | undefined {
  if ((catchall as z.core.$ZodTypes | undefined)?._zod.def.type !== 'never') return undefined;
  const members = new Map<string, { check: Check; needed: boolean }>();
  for (const [name, member] of Object.entries(shape)) {
    const { def } = (member as z.core.$ZodTypes)._zod;
    const check = predicateOf(def.type === 'optional' ? def.innerType : member);
    if (!check) return undefined;
    members.set(name, { check, needed: def.type !== 'optional' });
  }
  const needed = [...members.values()].filter((member) => member.needed).length;
  return (value) => {
    if (!isPlain(value)) return false;
    let found = 0;
    for (const name in value as object) {
      const member = members.get(name);
      if (!member?.check((value as Record<string, unknown>)[name])) return false;
      if (member.needed) found += 1;
    }
    return found === needed;
  };
}

function all(checks: (Check | undefined)[]): Check | undefined {
  if (checks.includes(undefined)) return undefined;
  const asked = (checks as Check[]).filter((check) => check !== yes);
  const [first, second, ...rest] = asked;
  if (!first) return yes;
  if (!second) return first;
  if (rest.length === 0) return (value) => first(value) && second(value);
  return (value) => asked.every((check) => check(value));
}

const yes: Check = () => true;
const isString: Check = (value) => typeof value === 'string';
const isNumber: Check = Number.isFinite;

/** An object as JSON has it. A schema leaves `__proto__` out of what it gives back, which is a change. */
function isPlain(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype &&
    !Object.hasOwn(value, '__proto__')
  );
}

/** Whether anything goes, or any name of a member. */
function isFree(schema: z.core.$ZodType): boolean {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  return def.type === 'unknown' || (def.type === 'string' && !def.checks?.length && !('format' in def));
}
