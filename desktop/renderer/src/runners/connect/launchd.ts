import { type Machine, noKey, oneLine } from './machine.js';
import { escapeXml, inHereDocument, quoteShell } from './quoting.js';

/**
 * An agent of the user, because Claude Code is logged in as that user. The key is in a file only the user can read. One that is
 * there already may let what runs end, for five minutes, before the new one can be there. launchd starts again whatever did not
 * end well, and knows no exception: AGENTFLEET_SERVICE lets the runner end well where starting again would not help.
 */
export function launchdLines({ url, key, name, directories }: Machine): string {
  const value = (text: string) => inHereDocument(escapeXml(oneLine(text)));
  const plist = '~/Library/LaunchAgents/agentfleet.runner.plist';
  return `mkdir -p ~/.agentfleet ~/Library/LaunchAgents ~/Library/Logs
curl -fo ~/.agentfleet/agentfleet-runner.mjs ${quoteShell(`${oneLine(url)}/agentfleet-runner.mjs`)}
(umask 077; printf %s ${quoteShell(oneLine(key ?? noKey))} > ~/.agentfleet/runner.key)

xml() { printf %s "$1" | sed 's/&/\\&amp;/g; s/</\\&lt;/g; s/>/\\&gt;/g'; }
cat > ${plist} <<END
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key><string>agentfleet.runner</string>
  <key>ProgramArguments</key>
  <array>
    <string>$(xml "$(command -v node)")</string>
    <string>$(xml "$HOME")/.agentfleet/agentfleet-runner.mjs</string>
  </array>
  <key>EnvironmentVariables</key>
  <dict>
    <key>PATH</key><string>$(xml "$PATH")</string>
    <key>AGENTFLEET_URL</key><string>${value(url)}</string>
    <key>AGENTFLEET_API_KEY_FILE</key><string>$(xml "$HOME")/.agentfleet/runner.key</string>
    <key>AGENTFLEET_SERVICE</key><string>1</string>
    <key>ALLOWED_DIRS</key><string>${value(directories.join(':'))}</string>
    <key>RUNNER_NAME</key><string>${value(name)}</string>
  </dict>
  <key>RunAtLoad</key><true/>
  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
  <key>ProcessType</key><string>Interactive</string>
  <key>ExitTimeOut</key><integer>300</integer>
  <key>StandardOutPath</key><string>$(xml "$HOME")/Library/Logs/agentfleet-runner.log</string>
  <key>StandardErrorPath</key><string>$(xml "$HOME")/Library/Logs/agentfleet-runner.log</string>
</dict>
</plist>
END

launchctl bootout "gui/$(id -u)/agentfleet.runner" 2>/dev/null
while launchctl print "gui/$(id -u)/agentfleet.runner" >/dev/null 2>&1; do echo "The old one ends first."; sleep 2; done
launchctl bootstrap "gui/$(id -u)" ${plist}
tail -f ~/Library/Logs/agentfleet-runner.log`;
}
