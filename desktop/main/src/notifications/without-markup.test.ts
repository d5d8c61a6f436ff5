import { expect, test } from 'vitest';
import { withoutMarkup } from './without-markup.js';

test.each([
  ['Bash ls <a href="x; rm -rf ~">', 'Bash ls ＜a href="x; rm -rf ~">'],
  ['<!-- rm -rf ~ -->', '＜!-- rm -rf ~ -->'],
  ['echo &#x202e;&lt;b&gt;&#10;', 'echo ＆#x202e;＆lt;b＆gt;＆#10;'],
  ['make && make install & sort 2>&1 > out', 'make && make install & sort 2>&1 > out'],
])('of %j no server leaves out or adds anything', (text, shown) => {
  expect(withoutMarkup(text)).toBe(shown);
});
