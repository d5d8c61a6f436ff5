import type { AppState, Finding } from '@agentfleet/bridge';
import { redact } from '../logs/redact.js';

export interface DiagnosticsInput {
  state: AppState;
  findings: Finding[];
  /** Newest lines of the log. */
  log: string[];
  versions: Record<string, string | undefined>;
  /** e.g. `Linux 6.1.0 x64` */
  system: string;
  /** The user's own directory, which is cut out of every path. */
  home: string;
  at: Date;
}

/**
 * What somebody who helps needs to see, as one readable JSON text: no key, no prompt, no output of a session, not
 * the user's name in a path.
 */
export function diagnostics({ state, findings, log, versions, system, home, at }: DiagnosticsInput): string {
  const { settings, key, runner, update } = state;
  const session = ({ id, status }: { id: string; status: string }) => ({ id, status });
  const bundle = {
    at: at.toISOString(),
    app: state.version,
    system,
    versions,
    settings,
    settingsProblems: state.settingsProblems,
    key: { source: key.source, keychainProblem: key.keychainProblem },
    runner: {
      phase: runner.phase,
      reason: runner.reason,
      pause: runner.pause,
      runnerId: runner.runnerId,
      running: runner.running.map(session),
      recent: runner.recent.map(session),
    },
    update,
    findings,
    log,
  };
  const clean = (_name: string, value: unknown) => (typeof value === 'string' ? redact(value) : value);
  return `${withoutHome(JSON.stringify(bundle, clean, 2), home)}\n`;
}

function withoutHome(json: string, home: string): string {
  if (home.length <= 1) return json;
  // As it is spelt inside JSON (a Windows path has its backslashes doubled there), and inside addresses of files.
  const slashed = home.replaceAll('\\', '/');
  const spellings = [JSON.stringify(home).slice(1, -1), slashed, encodeURI(slashed)];
  return spellings.reduce((text, spelling) => replaceEverywhere(text, spelling), json);
}

/** Also where a file system that ignores case was asked in another one. */
function replaceEverywhere(text: string, part: string): string {
  const pattern = part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return text.replace(new RegExp(`${pattern}(?![A-Za-z0-9_-])`, 'gi'), '~');
}
