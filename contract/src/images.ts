import * as z from 'zod';
import { RunId } from './ids.js';
import { queryInt } from './lists.js';
import { imageTypes } from './plain/image-words.js';

/** Most bytes of base64 that the images of one event have together: it stays well below what an event may hold. */
export const maxImageChars = 3.5 * 1024 * 1024;

/**
 * What stands in an event for an image that the server keeps apart: `source` of `{ type: 'image', source }`, in the
 * place of the base64 that the runner sent.
 */
export const ImageReference = z
  .strictObject({
    type: z.literal('url'),
    url: z.string().meta({ description: 'GET it with the same credentials: it answers the image’s bytes' }),
    media_type: z.enum(imageTypes),
    bytes: z.int().nonnegative(),
  })
  .meta({ id: 'ImageReference' });
export type ImageReference = z.infer<typeof ImageReference>;

export const onImage = z.strictObject({
  id: RunId,
  seq: queryInt(1, Number.MAX_SAFE_INTEGER).meta({ description: 'Of the event it came with' }),
  index: queryInt(0, 1_000).meta({ description: 'Which of the event’s images, from 0 on' }),
});
