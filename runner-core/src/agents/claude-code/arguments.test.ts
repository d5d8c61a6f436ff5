import { expect, test } from 'vitest';
import { sessionArguments } from './arguments.js';

const plain = {
  permissionMode: 'default',
  model: null,
  resumeSessionId: null,
  maxBudgetUsd: null,
  maxTurns: null,
} as const;
const always =
  '-p --input-format stream-json --output-format stream-json --verbose --include-hook-events --permission-prompt-tool stdio';

test('a session without wishes has only what the protocol needs', () => {
  expect(sessionArguments(plain, false).join(' ')).toBe(`${always} --permission-mode=default`);
});

test('each wish is one option with its own argument', () => {
  const asked = {
    permissionMode: 'plan',
    model: 'claude-opus-4-8[1m]',
    resumeSessionId: 'a-b',
    maxBudgetUsd: 2.5,
    maxTurns: 3,
  } as const;
  expect(sessionArguments(asked, true).join(' ')).toBe(
    `${always} --permission-mode=plan --model=claude-opus-4-8[1m] --resume=a-b --max-budget-usd=2.5 --max-turns=3 --include-partial-messages`,
  );
});

test('a small budget is spelled without an exponent', () => {
  expect(sessionArguments({ ...plain, maxBudgetUsd: 1e-7 }, false).at(-1)).toBe(
    '--max-budget-usd=0.000000100000',
  );
});

test('a value that begins like an option stays the value of its own option', () => {
  const evil = '--settings={"apiKeyHelper":"touch /tmp/x"}';
  const given = sessionArguments({ ...plain, resumeSessionId: evil, model: evil }, false);
  expect(given).toEqual(
    expect.arrayContaining([`--resume=${evil}`, `--model=${evil}`, '--permission-mode=default']),
  );
  expect(given).not.toContain(evil);
});
