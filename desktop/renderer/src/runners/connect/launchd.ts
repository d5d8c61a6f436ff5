import { type Machine, noKey, oneLine } from './machine.js';
import { escapeXml, inHereDocument, quoteShell } from './quoting.js';

/** An agent of the user, because Claude Code is logged in as that user. The key is in a file only the user can read. */
export function launchdLines({ url, key, name, directories }: Machine): string {
  const value = (text: string) => inHereDocument(escapeXml(oneLine(text)));
  const plist = '~/Library/LaunchAgents/agentfleet.runner.plist';
  return `mkdir -p ~/.agentfleet ~/Library/LaunchAgents ~/Library/Logs
curl -fo ~/.agentfleet/agentfleet-runner.mjs ${quoteShell(`${oneLine(url)}/agentfleet-runner.mjs`)}
(umask 077; printf %s ${quoteShell(oneLine(key ?? noKey))} > ~/.agentfleet/runner.key)

cat > ${plist} <<END
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key><string>agentfleet.runner</string>
  <key>ProgramArguments</key>
  <array>
    <string>$(command -v node)</string>
    <string>$HOME/.agentfleet/agentfleet-runner.mjs</string>
  </array>
  <key>EnvironmentVariables</key>
  <dict>
    <key>PATH</key><string>$PATH</string>
    <key>AGENTFLEET_URL</key><string>${value(url)}</string>
    <key>AGENTFLEET_API_KEY_FILE</key><string>$HOME/.agentfleet/runner.key</string>
    <key>ALLOWED_DIRS</key><string>${value(directories.join(':'))}</string>
    <key>RUNNER_NAME</key><string>${value(name)}</string>
  </dict>
  <key>RunAtLoad</key><true/>
  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
  <key>ProcessType</key><string>Interactive</string>
  <key>ExitTimeOut</key><integer>300</integer>
  <key>StandardOutPath</key><string>$HOME/Library/Logs/agentfleet-runner.log</string>
  <key>StandardErrorPath</key><string>$HOME/Library/Logs/agentfleet-runner.log</string>
</dict>
</plist>
END

launchctl bootout "gui/$(id -u)/agentfleet.runner" 2>/dev/null
launchctl bootstrap "gui/$(id -u)" ${plist}
tail -f ~/Library/Logs/agentfleet-runner.log`;
}
