import type { Event, JsonObject } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { itemAsMarkdown } from './as-markdown.js';
import { Conversation } from './conversation.js';
import { imagesAt } from './images.js';

const url = '/api/v1/runs/clr0mwuqzw8740qyagc99weiq/events/3/images/0';
const reference = (address: string) => ({
  type: 'image',
  source: { type: 'url', url: address, media_type: 'image/png', bytes: 360_000 },
});
const png = Buffer.from('\x89PNG\r\n\x1a\n and more of it', 'latin1').toString('base64');
const inline = (data: string, media_type = 'image/png') => ({
  type: 'image',
  source: { type: 'base64', media_type, data },
});

test('the images of a result stand beside its text, with the room that they need where that is told', () => {
  const dimensions = { displayWidth: 400, displayHeight: 300 };
  const images = imagesAt({ content: [reference(url)], tool_use_result: { file: { dimensions } } });
  expect(images).toEqual([
    { address: url, mediaType: 'image/png', bytes: 360_000, size: { width: 400, height: 300 } },
  ]);
});

test.each([
  'https://elsewhere.example/pixel.png',
  '//elsewhere.example/pixel.png',
  '/api/v1/api-keys',
  `${url}?x=1`,
  `${url}/../../../..`,
  'javascript:alert(1)',
])('an image at %s is never loaded: who named it would learn that it is read', (address) => {
  expect(imagesAt({ content: [reference(address)] })).toMatchObject([{ address: undefined }]);
});

test('an image that stands in an event itself is shown as what it is by its bytes, and nothing else is', () => {
  const svg = Buffer.from('<svg onload="alert(1)"/>').toString('base64');
  const images = imagesAt({ content: [inline(png, 'image/svg+xml'), inline(svg), inline('\u0000<>')] });
  expect(images.map(({ address }) => address)).toEqual([
    `data:image/png;base64,${png}`,
    undefined,
    undefined,
  ]);
});

test('an image that was not kept is told by its type and size, and what was given besides text is an image too', () => {
  const omitted: JsonObject = { type: 'omitted', media_type: 'image/png', bytes: 5_242_880 };
  const at = '2026-11-30T10:00:00.000Z';
  const call = { type: 'tool_use', id: 'a', name: 'Read', input: {} };
  const result = { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'image', source: omitted }] };
  const log = new Conversation();
  const events: Event[] = [
    { seq: 1, kind: 'tool_use', message: 'Read shot.png', data: call, at },
    { seq: 2, kind: 'tool_result', message: '[image/png, 5.0 MB]', data: result, at },
    { seq: 3, kind: 'system', message: '[image/png, 352 KB]', data: reference(url), at },
  ];
  log.append(events);
  expect(log.items).toMatchObject([
    { type: 'tool', result: { text: '', images: [{ address: undefined }] } },
    { type: 'system', images: [{ address: url }] },
  ]);
  const [read] = log.items;
  expect(read && itemAsMarkdown(read)).toBe('**Read shot.png**\n\n*[image/png, 5 MB]*');
});
