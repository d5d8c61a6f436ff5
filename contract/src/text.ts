import * as z from 'zod';

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

/** An instant as ISO 8601 in UTC with milliseconds, e.g. `2026-11-23T21:00:00.000Z`. */
export const Timestamp = z.iso
  .datetime({ precision: 3 })
  .meta({ description: 'ISO 8601, UTC, milliseconds' });

export type JsonValue = string | number | boolean | null | JsonValue[] | { [name: string]: JsonValue };
export type JsonObject = { [name: string]: JsonValue };

/**
 * A JSON object whose keys and values are free, e.g. the payload of an event. What was parsed from JSON is JSON: its
 * values are not looked at one by one.
 */
export const JsonObject = z.record(z.string(), z.unknown()) as unknown as z.ZodType<JsonObject, JsonObject>;
