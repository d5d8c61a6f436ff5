import * as z from 'zod';
import { isStorable } from './plain/storable.js';

/**
 * Text that PostgreSQL can store as `text` and inside `jsonb`: no NUL, no lone surrogate.
 * Length is counted in UTF-16 code units.
 */
export function storableText(maxLength: number) {
  return z
    .string()
    .max(maxLength)
    .refine((text) => !text.includes('\0'), { error: 'must not contain NUL bytes' })
    .refine((text) => text.isWellFormed(), { error: 'must be well-formed Unicode' });
}

/** An instant as answers have it: ISO 8601 in UTC with milliseconds, e.g. `2026-11-23T21:00:00.000Z`. */
export const Timestamp = z.iso
  .datetime({ precision: 3 })
  .meta({ description: 'ISO 8601, UTC, milliseconds' });

/**
 * An instant as requests may have it: RFC 3339 with any precision and offset, in the years 1 to 9999. It is read as a
 * `Timestamp`; what is finer than a millisecond is cut off.
 */
export const Instant = z
  .string()
  .max(100)
  .refine((text) => inMs(text) !== undefined, {
    error: 'must be a date and time as in RFC 3339, e.g. 2026-11-23T21:00:00Z (in an address, + is %2B)',
  })
  .overwrite((text) => (isTimestamp.test(text) ? text : new Date(inMs(text) ?? 0).toISOString()))
  .meta({ description: 'RFC 3339, any offset', format: 'date-time' });

const isTimestamp = z.regexes.datetime({ precision: 3 });
const rfc3339 =
  /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;
/** The first and the last instant that both ISO 8601 and PostgreSQL write with four digits of a year, ms. */
const earliest = Date.parse('0001-01-01T00:00:00.000Z');
const latest = Date.parse('9999-12-31T23:59:59.999Z');

/** Milliseconds since 1970; undefined for what is no instant, or one of another age. */
function inMs(text: string): number | undefined {
  const [, day] = rfc3339.exec(text) ?? [];
  if (day === undefined) return undefined;
  // A day that its month has not is taken for one of the next.
  const midnight = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime()) || !midnight.toISOString().startsWith(day)) return undefined;
  const ms = Date.parse(text.toUpperCase());
  return ms >= earliest && ms <= latest ? ms : undefined;
}

/** A whole number that the database keeps in 32 bits. */
export const Count = z.int().min(0).max(2_147_483_647);

/**
 * Text that is told once and must not be refused for a character of it: what cannot be stored stands as `\uFFFD`.
 * Length is counted in UTF-16 code units.
 */
export function mendedText(maxLength: number) {
  return z
    .string()
    .max(maxLength)
    .overwrite((text) => text.replaceAll('\0', '\uFFFD').toWellFormed());
}

export type JsonValue = string | number | boolean | null | JsonValue[] | { [name: string]: JsonValue };
export type JsonObject = { [name: string]: JsonValue };

/** How deep values may lie in each other: what walks them, here and in databases, does so with a stack. */
const maxDepth = 500;

/** A JSON object whose keys and values are free, e.g. the payload of an event: all of its text can be stored. */
export const JsonObject = z
  .record(z.string(), z.unknown())
  .refine((value) => flawOf(value, maxDepth) === undefined, {
    error: ({ input }) => flawOf(input, maxDepth),
  }) as unknown as z.ZodType<JsonObject, JsonObject>;

/** What keeps a value from being stored; names of members are text too. Every event is looked at so: no copies. */
function flawOf(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string')
    return isStorable(value) ? undefined : 'must not contain NUL bytes or lone surrogates';
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth === 0) return `must not be nested more than ${maxDepth} deep`;
  const isList = Array.isArray(value);
  for (const name in value) {
    const flaw =
      (isList ? undefined : flawOf(name, depth)) ??
      flawOf((value as Record<string, unknown>)[name], depth - 1);
    if (flaw !== undefined) return flaw;
  }
  return undefined;
}
