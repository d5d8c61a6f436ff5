import { networkInterfaces } from 'node:os';
import { isLoopback } from './http/check-host.js';

/** What a first start tells: the key, once, and the lines that connect a machine. */
export function welcome(url: string, host: string, key: string): string {
  const other = urlForOthers(url, host);
  const how = isLoopback(host)
    ? `Connect a runner on another machine that has Node and Claude Code. For that start this server with HOST=0.0.0.0,
best behind a proxy that adds HTTPS, and put its address in place of ${url}:`
    : 'Connect a runner on another machine that has Node and Claude Code, and can reach this server at the address:';
  return `
Your API key, shown this once. Keep it somewhere safe:

  ${key}

${how}

  bash
    curl -fO ${other}/agentfleet-runner.mjs
    export AGENTFLEET_URL="${other}"
    export AGENTFLEET_API_KEY="${key}"
    export ALLOWED_DIRS="$HOME/code"
    export RUNNER_NAME="$(hostname)"
    node agentfleet-runner.mjs

  PowerShell
    Invoke-WebRequest ${other}/agentfleet-runner.mjs -OutFile agentfleet-runner.mjs
    $env:AGENTFLEET_URL="${other}"
    $env:AGENTFLEET_API_KEY="${key}"
    $env:ALLOWED_DIRS="$HOME\\code"
    $env:RUNNER_NAME=$env:COMPUTERNAME
    node agentfleet-runner.mjs
`;
}

/** Listening on every address, the server is `localhost` to us alone: others need one of the network's. */
function urlForOthers(url: string, host: string): string {
  if (host !== '0.0.0.0' && host !== '::') return url;
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === 'IPv4' && !address.internal);
  return outside ? url.replace('//localhost:', `//${outside.address}:`) : url;
}
