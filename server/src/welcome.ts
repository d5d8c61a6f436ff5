import { networkInterfaces } from 'node:os';
import type { FirstKeys } from './bootstrap.js';
import { isLoopback } from './http/check-host.js';

/**
 * What a first start tells: the admin key, once, and the lines that connect a machine, with a key that does nothing else:
 * it lies about on other machines.
 */
export function welcome(url: string, host: string, { admin, runner }: FirstKeys): string {
  const other = urlForOthers(url, host);
  const how = isLoopback(host)
    ? `Connect a runner on another machine that has Node and Claude Code. For that start this server with HOST=0.0.0.0,
best behind a proxy that adds HTTPS, and put its address in place of ${url}:`
    : 'Connect a runner on another machine that has Node and Claude Code, and can reach this server at the address:';
  return `
Your API key, shown this once. Keep it somewhere safe, it may do everything:

  ${admin}

${how}

  bash
    curl -fO ${other}/agentfleet-runner.mjs
    export AGENTFLEET_URL="${other}"
    export AGENTFLEET_API_KEY="${runner}"
    export ALLOWED_DIRS="$HOME/code"
    export RUNNER_NAME="$(hostname)"
    node agentfleet-runner.mjs

  PowerShell
    Invoke-WebRequest ${other}/agentfleet-runner.mjs -OutFile agentfleet-runner.mjs
    $env:AGENTFLEET_URL="${other}"
    $env:AGENTFLEET_API_KEY="${runner}"
    $env:ALLOWED_DIRS="$HOME\\code"
    $env:RUNNER_NAME=$env:COMPUTERNAME
    node agentfleet-runner.mjs
`;
}

/** What a start tells that nobody watches: a key in a log would be there for everybody who reads it. */
export const noKeyYet = `There is no API key yet, and none was made, because a log is no place for it. Make one with
  npm run agentfleet -- create-key --name "my key" --scopes admin
(stop this server meanwhile where it has the embedded database), or start it once in a terminal, or with
AGENTFLEET_FIRST_KEY_FILE set to a file that does not exist yet.`;

/** Listening on every address, the server is `localhost` to us alone: others need one of the network's. */
function urlForOthers(url: string, host: string): string {
  if (host !== '0.0.0.0' && host !== '::') return url;
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === 'IPv4' && !address.internal);
  return outside ? url.replace('//localhost:', `//${outside.address}:`) : url;
}
