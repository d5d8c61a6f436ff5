import { expect, test } from 'vitest';
import { resetWords } from './reset-words.js';

const local = (...parts: [number, number, number, number, number]) => new Date(...parts);
const now = local(2026, 10, 30, 12, 55).getTime();

test('when a limit ends is told by the viewer’s own clock, with the day where it is another one', () => {
  expect(resetWords(local(2026, 10, 30, 15, 0).toISOString(), now)).toMatch(
    /^Resets at \S*3:00.*, in 2 h 5 min\.$/,
  );
  expect(resetWords(local(2026, 11, 2, 9, 30).toISOString(), now)).toMatch(
    /^Resets on .*2.*9:30.*, in 1 d 20 h\.$/,
  );
});

test('a limit that ends within a minute is not told in seconds, and one that has ended says so', () => {
  expect(resetWords(new Date(now + 5_000).toISOString(), now)).toMatch(/, in 1 min\.$/);
  expect(resetWords(new Date(now - 5_000).toISOString(), now)).toMatch(/^It was reset at /);
});
