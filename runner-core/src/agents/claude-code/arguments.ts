import type { AgentRequest } from '../agent.js';

type Asked = Pick<AgentRequest, 'permissionMode' | 'model' | 'resumeSessionId' | 'maxBudgetUsd' | 'maxTurns'>;

/**
 * The arguments of one session. The prompt is none of them: it goes through stdin, so that it is never read as an
 * option, never shows in a process list and has no length limit. What comes from the server stands behind a `=`, so
 * that it is a value whatever it begins with: `--resume` takes an optional one, and what follows it could be an option.
 * @param partial whether text is wanted while it is being produced
 */
export function sessionArguments(asked: Asked, partial: boolean): string[] {
  return [
    '-p',
    ...['--input-format', 'stream-json'],
    ...['--output-format', 'stream-json', '--verbose'],
    // Else it tells of no hook but those at its start.
    '--include-hook-events',
    ...['--permission-prompt-tool', 'stdio'],
    `--permission-mode=${asked.permissionMode}`,
    ...(asked.model === null ? [] : [`--model=${asked.model}`]),
    ...(asked.resumeSessionId === null ? [] : [`--resume=${asked.resumeSessionId}`]),
    ...(asked.maxBudgetUsd === null ? [] : [`--max-budget-usd=${decimal(asked.maxBudgetUsd)}`]),
    ...(asked.maxTurns === null ? [] : [`--max-turns=${asked.maxTurns}`]),
    ...(partial ? ['--include-partial-messages'] : []),
  ];
}

/** Without an exponent, which small sums would otherwise be spelled with (1e-7). */
function decimal(amount: number): string {
  return /e/i.test(String(amount)) ? amount.toFixed(12) : String(amount);
}
