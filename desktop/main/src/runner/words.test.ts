import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inAppWords } from './app-words.js';
import { userEnvironment } from './user-environment.js';

test('no sentence of the runner tells a person of the app to set a variable', () => {
  for (const file of [
    'doctor/examine-machine.ts',
    'doctor/examine-server.ts',
    'runner-lock.ts',
    'agents/claude-code/locate.ts',
    'agents/claude-code/probe.ts',
  ]) {
    const source = readFileSync(join(import.meta.dirname, '../../../../runner-core/src', file), 'utf8');
    const sentences = source.match(/(['`])(?:(?!\1).)*(?:AGENTFLEET_|ALLOWED_DIRS)(?:(?!\1).)*\1/g) ?? [];
    const spoken = sentences.filter((sentence) => sentence.includes(' '));
    for (const sentence of spoken) {
      expect(inAppWords(sentence), `${file}: ${sentence}`).not.toMatch(/AGENTFLEET_|ALLOWED_DIRS/);
    }
  }
});

test('the mends read as sentences', () => {
  expect(inAppWords('Install Claude Code, or set AGENTFLEET_CLAUDE_PATH to its executable.')).toBe(
    'Install Claude Code, or choose its executable in the settings.',
  );
  expect(inAppWords('Create it, or correct ALLOWED_DIRS.')).toBe('Create it, or remove it from the folders.');
});

test('a PATH without the user’s own places gets them at its end, once', () => {
  const { PATH } = userEnvironment({ PATH: '/usr/bin:/opt/x' }, 'darwin', '/Users/ann');
  expect(PATH).toMatch(/^\/usr\/bin:\/opt\/x:\/Users\/ann\/\.local\/bin:/);
  expect(PATH?.split(':').filter((entry) => entry === '/usr/bin')).toHaveLength(1);
  const windows = { Path: 'C:\\Windows' };
  expect(userEnvironment(windows, 'win32', 'C:\\Users\\ann')).toBe(windows);
});
