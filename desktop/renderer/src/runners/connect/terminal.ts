import { type Machine, noKey, oneLine } from './machine.js';
import { quotePowerShell, quoteShell } from './quoting.js';

/** For as long as a terminal of macOS or Linux is open. Without comments: zsh, the shell of macOS, takes none there. */
export function bashLines({ url, key, name, directories }: Machine): string {
  const set = (variable: string, value: string) => `export ${variable}=${quoteShell(oneLine(value))}`;
  return lines(
    `curl -fO ${quoteShell(`${oneLine(url)}/agentfleet-runner.mjs`)}`,
    set('AGENTFLEET_URL', url),
    set('AGENTFLEET_API_KEY', key ?? noKey),
    set('ALLOWED_DIRS', directories.join(':')),
    set('RUNNER_NAME', name),
    'node agentfleet-runner.mjs doctor && node agentfleet-runner.mjs',
  );
}

/** For as long as a PowerShell window is open. */
export function powerShellLines({ url, key, name, directories }: Machine): string {
  const set = (variable: string, value: string) => `$env:${variable}=${quotePowerShell(oneLine(value))}`;
  return lines(
    `Invoke-WebRequest ${quotePowerShell(`${oneLine(url)}/agentfleet-runner.mjs`)} -OutFile agentfleet-runner.mjs`,
    set('AGENTFLEET_URL', url),
    `${set('AGENTFLEET_API_KEY', key ?? noKey)}${key === undefined ? '  # from Settings → API keys' : ''}`,
    `${set('ALLOWED_DIRS', directories.join(';'))}  # only these dirs are runnable`,
    set('RUNNER_NAME', name),
    'node agentfleet-runner.mjs doctor',
    'node agentfleet-runner.mjs',
  );
}

const lines = (...all: string[]) => all.join('\n');
