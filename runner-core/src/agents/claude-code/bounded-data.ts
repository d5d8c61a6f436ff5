import type { JsonObject } from '@agentfleet/contract';
import { settleImages } from './images.js';
import { isObject, type JsonValue, object } from './json.js';
import { storable } from './text.js';

/** Largest `data` of one event, in bytes of JSON; images come on top. */
export const maxDataBytes = 256 * 1024;

/** Characters a text, or entries a list or an object, may keep: the first limit that makes it fit is taken. */
const limits = [65_536, 16_384, 4_096, 1_024, 256];

/**
 * A payload that can be stored: within the bound and without characters that PostgreSQL refuses. Where something
 * was cut, `truncated` maps its path (`content.0.text`) to its whole length: characters of a text, entries of a
 * list or an object; and an empty path to the bytes of the whole, where nothing smaller could be kept. An image is
 * whole or not there: half of one is worth nothing.
 */
export function boundedData(data: JsonObject, maxBytes = maxDataBytes): JsonObject {
  const json = JSON.stringify(data);
  if (!json.includes('"base64"')) return bounded(data, json, maxBytes, new Set());
  const { data: settled, kept, keptChars } = settleImages(data);
  return bounded(settled, JSON.stringify(settled), maxBytes + keptChars, kept);
}

/** @param kept texts that are not cut */
function bounded(data: JsonObject, json: string, maxBytes: number, kept: ReadonlySet<string>): JsonObject {
  // JSON spells NUL and lone surrogates as escapes, so that one look tells whether the text needs cleaning.
  const clean = /\\u(?:0000|d[89a-f])/i.test(json)
    ? object(copy(data, '', Number.POSITIVE_INFINITY, {}, kept))
    : data;
  const bytes = Buffer.byteLength(json);
  if (bytes <= maxBytes) return clean;
  for (const limit of limits) {
    const truncated: Record<string, number> = {};
    const cut = { ...object(copy(clean, '', limit, truncated, kept)), truncated };
    if (Buffer.byteLength(JSON.stringify(cut)) <= maxBytes) return cut;
  }
  return { truncated: { '': bytes } };
}

/** A copy in which everything longer than `limit` is cut, and noted in `cuts`. */
function copy(
  value: JsonValue,
  path: string,
  limit: number,
  cuts: Record<string, number>,
  kept: ReadonlySet<string>,
): JsonValue {
  const below = (key: string | number) => (path === '' ? String(key) : `${path}.${key}`);
  if (typeof value === 'string') {
    if (kept.has(value)) return value;
    if (value.length > limit) cuts[path] = value.length;
    return storable(value.slice(0, limit));
  }
  if (Array.isArray(value)) {
    if (value.length > limit) cuts[path] = value.length;
    return value.slice(0, limit).map((each, index) => copy(each, below(index), limit, cuts, kept));
  }
  if (isObject(value)) {
    const entries = Object.entries(value);
    if (entries.length > limit) cuts[path] = entries.length;
    return Object.fromEntries(
      entries
        .slice(0, limit)
        .map(([key, each]) => [storable(key), copy(each, below(storable(key)), limit, cuts, kept)]),
    );
  }
  return value;
}
