import { expect, test } from 'vitest';
import { LiveTexts, type Piece } from './live-texts.js';

const piece = (text: string, offset = 0, more: Partial<Piece> = {}): Piece => ({
  attempt: 1,
  block: 1,
  kind: 'assistant',
  afterSeq: 0,
  offset,
  text,
  ...more,
});

test('pieces that overlap, or come twice, are put together once', () => {
  const texts = new LiveTexts();
  expect(texts.add('run', piece('Hello'))).toEqual({ have: 5, grew: true });
  expect(texts.add('run', piece('lo wor', 3))).toEqual({ have: 9, grew: true });
  expect(texts.add('run', piece('wor', 6))).toEqual({ have: 9, grew: false });
  expect(texts.get('run')?.text).toBe('Hello wor');
});

test('behind a gap nothing is put together: what is known is said', () => {
  const texts = new LiveTexts();
  expect(texts.add('run', piece('world', 6))).toEqual({ have: 0, grew: false });
  expect(texts.get('run')).toBeUndefined();
  texts.add('run', piece('Hel'));
  expect(texts.add('run', piece('world', 6))).toEqual({ have: 3, grew: false });
});

test('another block, or another attempt, is another text; what is late of the old one is dropped', () => {
  const texts = new LiveTexts();
  texts.add('run', piece('old', 0, { block: 7 }));
  const old = texts.get('run');
  texts.add('run', piece('new', 0, { attempt: 2, block: 1 }));
  expect(texts.get('run')).not.toBe(old);
  expect(texts.add('run', piece(' text', 3, { block: 7 }))).toEqual({ have: 8, grew: false });
  expect(texts.get('run')?.text).toBe('new');
});

test('memory is bounded: what has been still for longest is forgotten first', () => {
  const texts = new LiveTexts(10);
  texts.add('a', piece('aaaa'));
  texts.add('b', piece('bbbb'));
  texts.add('a', piece('a', 4));
  texts.add('c', piece('cccc'));
  expect(['a', 'b', 'c'].map((run) => texts.get(run)?.text)).toEqual(['aaaaa', undefined, 'cccc']);
});

test('what nobody wants is forgotten when it has been still', () => {
  const texts = new LiveTexts();
  texts.add('wanted', piece('x'));
  texts.add('unwanted', piece('x'));
  texts.forgetStill(-1, (run) => run === 'wanted');
  expect([texts.get('wanted')?.text, texts.get('unwanted')]).toEqual(['x', undefined]);
});
