import { imageTypeOf, type JsonObject, maxImageChars } from '@agentfleet/contract';
import { isObject, type JsonValue, object, string } from './json.js';

/** Base64 up to this many characters is a text like any other; more of it says nothing to anybody. */
const plainChars = 16_384;

/** An event's payload whose images are settled. */
export interface Settled {
  data: JsonObject;
  /** The base64 of the images that are kept: whatever else is cut, these are whole. */
  kept: ReadonlySet<string>;
  /** Of all of them, each as often as it is there. */
  keptChars: number;
}

/**
 * Decides which images of a payload are kept: those that are what they are said to be, each once, as long as they fit.
 * In the place of every other one stands what it was (`source.type: omitted`), and the CLI's second copy beside a
 * result, in `tool_use_result`, is a word.
 */
export function settleImages(data: JsonObject): Settled {
  const kept = new Set<string>();
  let keptChars = 0;
  const keep = (base64: string) => {
    if (keptChars + base64.length > maxImageChars) return false;
    keptChars += base64.length;
    kept.add(base64);
    return true;
  };
  const settle = (value: JsonValue, isCopy: boolean): JsonValue => {
    if (Array.isArray(value)) return value.map((each) => settle(each, isCopy));
    if (!isObject(value)) return value;
    const source = object(value.source);
    const base64 = source.type === 'base64' ? string(source.data) : undefined;
    if (base64 !== undefined) {
      const isPicture = value.type === 'image' && imageTypeOf(base64) !== undefined;
      if (isPicture && !isCopy && keep(base64)) return value;
      if (!isPicture && base64.length <= plainChars) return value;
      const { media_type = 'application/octet-stream' } = source;
      return { ...value, source: { type: 'omitted', media_type, bytes: bytesOf(base64) } };
    }
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => {
        const isLong = name === 'base64' && typeof each === 'string';
        if (isLong && (kept.has(each) || each.length > plainChars)) return [name, `[${size(bytesOf(each))}]`];
        return [name, settle(each, isCopy || name === 'tool_use_result')];
      }),
    );
  };
  return { data: object(settle(data, false)), kept, keptChars };
}

/** What stands in an event's line for a block without text: `[image/png, 352 KB]`, or its type. */
export function blockWord(block: JsonObject): string {
  const { media_type, data, bytes } = object(block.source);
  const type = string(media_type);
  const length = typeof data === 'string' ? bytesOf(data) : bytes;
  if (type === undefined || typeof length !== 'number') return `[${string(block.type) ?? 'data'}]`;
  return `[${type}, ${size(length)}]`;
}

const bytesOf = (base64: string) => Math.floor((base64.replace(/=+$/, '').length * 3) / 4);

function size(bytes: number): string {
  if (bytes < 1_024) return `${bytes} bytes`;
  return bytes < 1_024 ** 2 ? `${Math.round(bytes / 1_024)} KB` : `${(bytes / 1_024 ** 2).toFixed(1)} MB`;
}
