import type { JsonObject } from '@agentfleet/contract';

export type JsonValue = JsonObject[string];

/** Narrowing for what the CLI sends: fields may be missing, of another type or new in any version. */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object, or an empty one. */
export function object(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}

/** The text, or undefined. */
export function string(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The number where it is finite and not negative, else 0. */
export function amount(value: JsonValue | undefined): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}

/** One line of stdout as an object; undefined for anything else, which then is no message. */
export function parseLine(line: string): JsonObject | undefined {
  try {
    const value: JsonValue = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
