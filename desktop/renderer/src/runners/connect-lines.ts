/** The shells a runner is started from. */
export type Shell = 'bash' | 'powershell';

/**
 * The lines that start a runner, as the documentation has them.
 * @param origin of the control API, e.g. `https://your-host`
 */
export function connectLines(shell: Shell, origin: string): string {
  if (shell === 'powershell') {
    return [
      `$env:AGENTFLEET_URL="${origin}"`,
      '$env:AGENTFLEET_API_KEY="af_live_..."   # from API keys',
      '$env:ALLOWED_DIRS="C:\\Users\\you\\code" # only these dirs are runnable',
      '$env:RUNNER_NAME="home-desktop"',
      'node runner/agentfleet-runner.mjs',
    ].join('\n');
  }
  return [
    `export AGENTFLEET_URL="${origin}"`,
    'export AGENTFLEET_API_KEY="af_live_..."   # from API keys',
    'export ALLOWED_DIRS="$HOME/code"          # only these dirs are runnable',
    'export RUNNER_NAME="home-desktop"',
    'node runner/agentfleet-runner.mjs',
  ].join('\n');
}
