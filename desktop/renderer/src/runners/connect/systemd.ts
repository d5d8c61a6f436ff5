import { type Machine, noKey, oneLine } from './machine.js';
import { quoteEnvironmentFile, quoteShell } from './quoting.js';

/**
 * A service of the user, because Claude Code is logged in as that user; lingering starts it with the machine. The key
 * is in a file only the user can read, and stopping lets what runs end for five minutes.
 */
export function systemdLines({ url, key, name, directories }: Machine): string {
  const set = (variable: string, value: string) => `${variable}=${quoteEnvironmentFile(oneLine(value))}`;
  return `mkdir -p ~/.agentfleet ~/.config/systemd/user
curl -fo ~/.agentfleet/agentfleet-runner.mjs ${quoteShell(`${oneLine(url)}/agentfleet-runner.mjs`)}

(umask 077; cat > ~/.agentfleet/runner.env <<'END'
${set('AGENTFLEET_URL', url)}
${set('AGENTFLEET_API_KEY', key ?? noKey)}
${set('ALLOWED_DIRS', directories.join(':'))}
${set('RUNNER_NAME', name)}
END
)

cat > ~/.config/systemd/user/agentfleet-runner.service <<END
[Unit]
Description=AgentFleet runner
StartLimitIntervalSec=0

[Service]
Environment="PATH=$PATH"
EnvironmentFile=%h/.agentfleet/runner.env
ExecStart="$(command -v node)" "%h/.agentfleet/agentfleet-runner.mjs"
Restart=on-failure
RestartSec=5
RestartPreventExitStatus=2
KillMode=mixed
TimeoutStopSec=300

[Install]
WantedBy=default.target
END

systemctl --user daemon-reload
systemctl --user enable agentfleet-runner
systemctl --user restart agentfleet-runner
loginctl enable-linger
journalctl --user -u agentfleet-runner -f`;
}
