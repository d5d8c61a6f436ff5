import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inAppWords } from './app-words.js';

test('no sentence of the runner tells a person of the app to set a variable', () => {
  for (const file of [
    'doctor/examine-machine.ts',
    'doctor/examine-directory.ts',
    'doctor/git-bash.ts',
    'doctor/examine-server.ts',
    'runner-lock.ts',
    'agents/claude-code/locate.ts',
    'agents/claude-code/probe.ts',
    'agents/claude-code/refused-modes.ts',
  ]) {
    const source = readFileSync(join(import.meta.dirname, '../../../../runner-core/src', file), 'utf8');
    const sentences =
      source.match(/(['`])(?:(?!\1).)*(?:AGENTFLEET_|ALLOWED_DIRS|NODE_)(?:(?!\1).)*\1/g) ?? [];
    const spoken = sentences.filter((sentence) => sentence.includes(' '));
    for (const sentence of spoken) {
      expect(inAppWords(sentence), `${file}: ${sentence}`).not.toMatch(/AGENTFLEET_|ALLOWED_DIRS|NODE_/);
    }
  }
});

test('the mends read as sentences', () => {
  expect(inAppWords('Install Claude Code, or set AGENTFLEET_CLAUDE_PATH to its executable.')).toBe(
    'Install Claude Code, or choose its executable in the settings.',
  );
  expect(inAppWords('Create it, or correct ALLOWED_DIRS.')).toBe('Create it, or remove it from the folders.');
});
