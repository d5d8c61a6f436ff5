import {
  apiBase,
  type ImageReference,
  type ImageType,
  imageTypeOf,
  type JsonObject,
  type JsonValue,
} from '@agentfleet/contract';

/** An image of an event, to be stored beside it. */
export interface TakenImage {
  index: number;
  type: ImageType;
  base64: string;
}

/** Agents nest images in a result's content; nothing deeper than this is looked at. */
const deepest = 12;

/**
 * Takes the images out of an event's payload and leaves references to where they are served: whoever reads the log gets
 * no megabytes that he may never look at. What is no image by its first bytes stays as it is.
 * @param text the payload as JSON: most have no image, and it tells so at a glance
 */
export function takeImages(
  runId: string,
  seq: number,
  data: JsonObject | null,
  text: string,
): { data: JsonObject; images: TakenImage[] } | undefined {
  if (!data || !text.includes('"base64"')) return undefined;
  const images: TakenImage[] = [];
  const taken = take(data, 0, (type, base64) => {
    const index = images.length;
    images.push({ index, type, base64 });
    const url = `${apiBase}/runs/${runId}/events/${seq}/images/${index}`;
    return { type: 'url', url, media_type: type, bytes: bytesOf(base64) };
  }) as JsonObject;
  return images.length === 0 ? undefined : { data: taken, images };
}

/** @returns a copy; what has no image in it is shared */
function take(
  value: JsonValue,
  depth: number,
  found: (type: ImageType, base64: string) => ImageReference,
): JsonValue {
  if (typeof value !== 'object' || value === null || depth > deepest) return value;
  if (Array.isArray(value)) return value.map((each) => take(each, depth + 1, found));
  const base64 = base64Of(value);
  const type = base64 === undefined ? undefined : imageTypeOf(base64);
  if (base64 !== undefined && type) return { ...value, source: { ...found(type, base64) } };
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, take(each, depth + 1, found)]),
  );
}

/** The base64 of `{ type: 'image', source: { type: 'base64', data } }`, the shape of the Messages API. */
function base64Of({ type, source }: JsonObject): string | undefined {
  if (type !== 'image' || typeof source !== 'object' || source === null || Array.isArray(source))
    return undefined;
  const isWhole = source.type === 'base64' && typeof source.data === 'string' && source.data.length % 4 === 0;
  return isWhole && /^[A-Za-z0-9+/]*={0,2}$/.test(source.data as string)
    ? (source.data as string)
    : undefined;
}

const bytesOf = (base64: string) => (base64.length / 4) * 3 - (/=*$/.exec(base64)?.[0].length ?? 0);
