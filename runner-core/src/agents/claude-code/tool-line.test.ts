import path from 'node:path';
import { expect, test } from 'vitest';
import { toolLine } from './tool-line.js';

const cwd = path.resolve('/code/api');

test.each([
  [
    'Edit',
    { file_path: path.join(cwd, 'src', 'app.ts'), old_string: 'a' },
    `Edit ${path.join('src', 'app.ts')}`,
  ],
  ['Read', { file_path: path.resolve('/etc/hosts') }, `Read ${path.resolve('/etc/hosts')}`],
  ['Read', { file_path: path.resolve('/code/api-evil/x') }, `Read ${path.resolve('/code/api-evil/x')}`],
  ['LS', { path: cwd }, 'LS .'],
  ['Bash', { command: 'npm test', description: 'Run the tests' }, 'Bash npm test'],
  ['Bash', { command: 'cat <<E\nhello\nE' }, 'Bash cat <<E hello E'],
  ['Grep', { pattern: 'TODO', path: cwd }, 'Grep TODO'],
  ['WebFetch', { url: 'https://example.com', prompt: 'read' }, 'WebFetch https://example.com'],
  ['Task', { description: 'Look around', prompt: 'long' }, 'Task Look around'],
  ['mcp__db__query', {}, 'mcp__db__query'],
  ['Edit', { file_path: 7 }, 'Edit'],
])('%s with %j reads %s', (name, input, line) => {
  expect(toolLine(name, input, cwd)).toBe(line);
});

test('a long command is cut to one readable line', () => {
  const line = toolLine('Bash', { command: 'echo '.repeat(10_000) }, cwd);
  expect(line).toHaveLength(500);
  expect(line.endsWith('…')).toBe(true);
});
