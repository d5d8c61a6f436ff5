import { type Machine, noKey, oneLine } from './machine.js';
import { escapeXml, inHereString, quotePowerShell } from './quoting.js';

/** Node does not speak the protocol of Windows services by itself; WinSW does it for any program. */
const wrapper = 'https://github.com/winsw/winsw/releases/download/v2.12.0/WinSW-x64.exe';
/** SHA-256 of that file. */
const wrapperHash = '05B82D46AD331CC16BDC00DE5C6332C1EF818DF8CEEFCD49C726553209B3A0DA';

/**
 * A service that logs on as the person who installs it, because Claude Code is logged in as that person; `/p` asks for
 * that account. Stopping sends Ctrl+C and lets what runs end for five minutes. AGENTFLEET_SERVICE: as with launchd.
 */
export function windowsServiceLines({ url, key, name, directories }: Machine): string {
  const value = (text: string) => inHereString(escapeXml(oneLine(text)));
  return `$dir = "$env:USERPROFILE\\.agentfleet"
New-Item -ItemType Directory -Force $dir | Out-Null
Invoke-WebRequest ${quotePowerShell(`${oneLine(url)}/agentfleet-runner.mjs`)} -OutFile "$dir\\agentfleet-runner.mjs"
Invoke-WebRequest "${wrapper}" -OutFile "$dir\\agentfleet-service.exe"
if ((Get-FileHash "$dir\\agentfleet-service.exe" -Algorithm SHA256).Hash -ne "${wrapperHash}") {
  Remove-Item "$dir\\agentfleet-service.exe"
  throw "What was downloaded is not WinSW 2.12.0."
}

Set-Content -NoNewline "$dir\\runner.key" ${quotePowerShell(oneLine(key ?? noKey))}
icacls "$dir\\runner.key" /inheritance:r /grant:r "\${env:USERNAME}:F" "SYSTEM:F" | Out-Null

$claude = Split-Path (Get-Command claude).Source
@"
<service>
  <id>agentfleet-runner</id>
  <name>AgentFleet runner</name>
  <description>Runs Claude Code sessions of your fleet on this machine.</description>
  <executable>$((Get-Command node).Source)</executable>
  <arguments>"$dir\\agentfleet-runner.mjs"</arguments>
  <env name="PATH" value="$claude;%PATH%"/>
  <env name="AGENTFLEET_URL" value="${value(url)}"/>
  <env name="AGENTFLEET_API_KEY_FILE" value="$dir\\runner.key"/>
  <env name="AGENTFLEET_SERVICE" value="1"/>
  <env name="ALLOWED_DIRS" value="${value(directories.join(';'))}"/>
  <env name="RUNNER_NAME" value="${value(name)}"/>
  <log mode="roll"/>
  <onfailure action="restart" delay="5 sec"/>
  <stoptimeout>300 sec</stoptimeout>
</service>
"@ | Set-Content -Encoding UTF8 "$dir\\agentfleet-service.xml"

# Asks for your account (.\\you for a local one) and its password; answer y to "log on as a service".
& "$dir\\agentfleet-service.exe" install /p
& "$dir\\agentfleet-service.exe" start
Get-Content -Wait "$dir\\agentfleet-service.out.log"`;
}
