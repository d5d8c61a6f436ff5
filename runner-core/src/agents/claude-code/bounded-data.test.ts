import { expect, test } from 'vitest';
import { boundedData, maxDataBytes } from './bounded-data.js';

const size = (data: object) => Buffer.byteLength(JSON.stringify(data));

test('what fits is kept as it is', () => {
  const data = { type: 'text', text: 'x'.repeat(200_000) };
  expect(boundedData(data)).toEqual(data);
});

test('a long text is cut, and its path and whole length are told', () => {
  const bounded = boundedData({ type: 'tool_result', content: [{ text: 'é'.repeat(1_000_000) }] });
  expect(bounded.truncated).toEqual({ 'content.0.text': 1_000_000 });
  expect(size(bounded)).toBeLessThanOrEqual(maxDataBytes);
  expect(bounded.type).toBe('tool_result');
});

test('the bound counts bytes, not characters', () => {
  const text = '字'.repeat(100_000);
  expect(JSON.stringify({ text }).length).toBeLessThan(maxDataBytes);
  expect(boundedData({ text }).truncated).toEqual({ text: 100_000 });
  // Three that keep 65,536 characters each would have fewer characters than the bound has bytes.
  const bounded = boundedData({ texts: [text, text, text] });
  expect(size(bounded)).toBeLessThanOrEqual(maxDataBytes);
  expect(bounded.truncated).toEqual({ 'texts.0': 100_000, 'texts.1': 100_000, 'texts.2': 100_000 });
});

test.each(['x', 'é', '字'])(
  'what is as large as the bound is kept, and a byte more is cut (%s)',
  (letter) => {
    const room = 300 * Buffer.byteLength(letter);
    const data = { text: letter.repeat(300) };
    const bytes = room + size({ text: '' });
    expect(boundedData(data, bytes)).toEqual(data);
    expect(boundedData(data, bytes - 1)).not.toEqual(data);
  },
);

test('a long list is cut too, however short its entries are', () => {
  const bounded = boundedData({ files: Array.from({ length: 200_000 }, (_, index) => `file ${index}`) });
  expect(bounded.truncated).toMatchObject({ files: 200_000 });
  expect(size(bounded)).toBeLessThanOrEqual(maxDataBytes);
});

test('what cannot be made to fit is told by its size alone', () => {
  const wide = Object.fromEntries(
    Array.from({ length: 256 }, (_, index) => [`${index}`.padEnd(5_000, 'k'), 'x'.repeat(5_000)]),
  );
  const bounded = boundedData(wide);
  expect(bounded).toEqual({ truncated: { '': size(wide) } });
});

test('NUL and lone surrogates, which PostgreSQL refuses, are replaced in texts and names', () => {
  expect(boundedData({ 'a\0': ['b\0', 'c\ud800'] })).toEqual({ 'a�': ['b�', 'c�'] });
});

test('a surrogate pair at the cut leaves no half behind', () => {
  const bounded = boundedData({ text: `x${'🚀'.repeat(200_000)}` });
  expect(JSON.stringify(bounded)).not.toMatch(/\\ud/i);
});

const picture = (bytes: number, fill = 1) =>
  Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(bytes, fill)]).toString('base64');
const block = (data: string, type = 'image', media_type = 'image/png') => ({
  type,
  source: { type: 'base64', media_type, data },
});

test('an image of a tool’s result is kept whole and once, and what stands beside it is bounded as ever', () => {
  const base64 = picture(1_000_000);
  const bounded = boundedData({
    type: 'tool_result',
    content: [{ type: 'text', text: 'x'.repeat(1_000_000) }, block(base64)],
    tool_use_result: { type: 'image', file: { base64, type: 'image/png', originalSize: 1_000_008 } },
  });
  expect(bounded).toMatchObject({
    content: [{}, block(base64)],
    tool_use_result: { file: { base64: '[977 KB]', originalSize: 1_000_008 } },
    truncated: { 'content.0.text': 1_000_000 },
  });
  expect(size(bounded)).toBeLessThanOrEqual(maxDataBytes + base64.length);
});

test('the images of one result share a bound of a few megabytes; of those beyond it type and size are told', () => {
  const [first, second] = [picture(2_000_000), picture(2_000_000, 2)];
  const bounded = boundedData({ content: [block(first), block(second), block(picture(30))] });
  expect(bounded.content).toEqual([
    block(first),
    { type: 'image', source: { type: 'omitted', media_type: 'image/png', bytes: 2_000_008 } },
    block(picture(30)),
  ]);
  expect(bounded.truncated).toBeUndefined();
});

test('what is called an image and is none, and a long document, are told by type and size alone', () => {
  const long = Buffer.alloc(300_000).toString('base64');
  const bounded = boundedData({ content: [block(long), block(long, 'document', 'application/pdf')] });
  expect(bounded.content).toEqual([
    { type: 'image', source: { type: 'omitted', media_type: 'image/png', bytes: 300_000 } },
    { type: 'document', source: { type: 'omitted', media_type: 'application/pdf', bytes: 300_000 } },
  ]);
});

test('a second copy of an MCP tool’s image is not kept, and the same image twice in a result is', () => {
  const image = block(picture(20_000));
  const bounded = boundedData({ content: [image, image], tool_use_result: [image] });
  const omitted = { type: 'omitted', media_type: 'image/png', bytes: 20_008 };
  expect(bounded).toEqual({ content: [image, image], tool_use_result: [{ type: 'image', source: omitted }] });
});
