import type { JsonObject } from '@agentfleet/contract';
import { isObject, type JsonValue, object } from './json.js';
import { storable } from './text.js';

/** Largest `data` of one event, in bytes of JSON. */
export const maxDataBytes = 256 * 1024;

/** Characters a text, or entries a list or an object, may keep: the first limit that makes it fit is taken. */
const limits = [65_536, 16_384, 4_096, 1_024, 256];

/**
 * A payload that can be stored: within the bound and without characters that PostgreSQL refuses. Where something
 * was cut, `truncated` maps its path (`content.0.text`) to its whole length: characters of a text, entries of a
 * list or an object; and an empty path to the bytes of the whole, where nothing smaller could be kept.
 */
export function boundedData(data: JsonObject, maxBytes = maxDataBytes): JsonObject {
  const json = JSON.stringify(data);
  // JSON spells NUL and lone surrogates as escapes, so that one look tells whether the text needs cleaning.
  const clean = /\\u(?:0000|d[89a-f])/i.test(json)
    ? object(copy(data, '', Number.POSITIVE_INFINITY, {}))
    : data;
  const bytes = Buffer.byteLength(json);
  if (bytes <= maxBytes) return clean;
  for (const limit of limits) {
    const truncated: Record<string, number> = {};
    const cut = { ...object(copy(clean, '', limit, truncated)), truncated };
    if (Buffer.byteLength(JSON.stringify(cut)) <= maxBytes) return cut;
  }
  return { truncated: { '': bytes } };
}

/** A copy in which everything longer than `limit` is cut, and noted in `cuts`. */
function copy(value: JsonValue, path: string, limit: number, cuts: Record<string, number>): JsonValue {
  const below = (key: string | number) => (path === '' ? String(key) : `${path}.${key}`);
  if (typeof value === 'string') {
    if (value.length > limit) cuts[path] = value.length;
    return storable(value.slice(0, limit));
  }
  if (Array.isArray(value)) {
    if (value.length > limit) cuts[path] = value.length;
    return value.slice(0, limit).map((each, index) => copy(each, below(index), limit, cuts));
  }
  if (isObject(value)) {
    const entries = Object.entries(value);
    if (entries.length > limit) cuts[path] = entries.length;
    return Object.fromEntries(
      entries
        .slice(0, limit)
        .map(([key, each]) => [storable(key), copy(each, below(storable(key)), limit, cuts)]),
    );
  }
  return value;
}
