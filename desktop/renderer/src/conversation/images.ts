import { type ImageReference, imagePathOf, imageTypeOf, type JsonObject } from '@agentfleet/contract';
import { isImageReference } from '../transport/answers.js';
import { formatBytes } from '../ui/format.js';
import { isObject, numberAt, objectAt, textAt } from './payload.js';

/** An image of the log as it is shown. */
export interface ShownImage {
  /** Where it is on the server, or all of it as a `data:` address; undefined where it was too large to be kept. */
  address: string | undefined;
  mediaType: string;
  bytes: number | undefined;
  /** As it is drawn at most, where that is known: room is kept for it. */
  size: { width: number; height: number } | undefined;
}

/** Whether a block of Claude's content is an image, or another file that was left out. */
export function isMedia(block: unknown): block is JsonObject {
  return isObject(block) && isObject(block.source) && (block.type === 'image' || block.type === 'document');
}

/**
 * The images of a tool's result, or of what else a session was given.
 * @param data of the event; beside the image of a Read, Claude Code tells how large it is
 */
export function imagesAt(data: JsonObject | null): ShownImage[] {
  const blocks = Array.isArray(data?.content) ? data.content : [data];
  const images = blocks.filter(isMedia).map(imageOf);
  const dimensions = objectAt(objectAt(objectAt(data, 'tool_use_result'), 'file'), 'dimensions');
  const [width, height] = ['displayWidth', 'displayHeight'].map((name) => numberAt(dimensions, name));
  const [first] = images;
  if (images.length !== 1 || !first || !width || !height) return images;
  return [{ ...first, size: { width, height } }];
}

/** What it is, in words: `image/png, 352 KB`. */
export function imageWords({ mediaType, bytes }: ShownImage): string {
  return bytes === undefined ? mediaType : `${mediaType}, ${formatBytes(bytes)}`;
}

/** Only the server's own addresses are loaded: a log may name any other, and loading it would tell who reads it. */
function imageOf(block: JsonObject): ShownImage {
  const source = objectAt(block, 'source');
  const mediaType = textAt(source, 'media_type') ?? 'data';
  if (isImageReference(source)) {
    const kept = source as unknown as ImageReference;
    const address = imagePathOf(kept.url) === undefined ? undefined : kept.url;
    return { address, mediaType, bytes: kept.bytes, size: undefined };
  }
  const data = textAt(source, 'data') ?? '';
  const type = block.type === 'image' ? imageTypeOf(data) : undefined;
  const address = type && `data:${type};base64,${data}`;
  return { address, mediaType, bytes: numberAt(source, 'bytes'), size: undefined };
}
