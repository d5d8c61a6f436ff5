import { type Approval, covers, type JsonObject, parseDirectory, partsOf } from '@agentfleet/contract';
import { mcpToolOf } from '../conversation/brief.js';
import { type DangerousLine, signsIn } from './dangerous-command.js';

/** How much harm may come of what is asked. */
export interface Danger {
  /** `low`: it changes nothing. `some`: it may. `high`: there is something in it that is hard to undo, or hidden. */
  level: 'low' | 'some' | 'high';
  /** What it does, in a few words, e.g. `Deletes without asking back`. */
  words: string;
  /** The dangerous lines of a command that is long, or has several. */
  lines?: readonly DangerousLine[];
  /** How many more such places there are. */
  morePlaces?: number;
}

const some = (words: string): Danger => ({ level: 'some', words });
const high = (words: string): Danger => ({ level: 'high', words });

const readers: ReadonlySet<string> = new Set([
  ...[
    'Glob',
    'Grep',
    'LS',
    'NotebookRead',
    'Read',
    'TaskGet',
    'TaskList',
    'TodoRead',
    'TodoWrite',
    'ToolSearch',
  ],
]);
const shells: ReadonlySet<string> = new Set(['Bash', 'PowerShell', 'Monitor']);
/** Most lines of a command that are told by themselves. */
const mostLines = 5;
/** Where the name of what each of them writes to stands. */
const writers: Readonly<Record<string, string>> = {
  Edit: 'file_path',
  MultiEdit: 'file_path',
  Write: 'file_path',
  NotebookEdit: 'notebook_path',
};

/**
 * Told by the words of what is asked, so that the eye is led to it; it proves nothing, and is never said to be safe.
 * @param cwd of the session, where that is known
 */
export function dangerOf({ tool, input, hidden }: Approval, cwd?: string): Danger {
  if (hidden && hidden.length > 0) return high('Not what it looks like');
  if (input.truncated !== undefined && input.truncated !== false) return high('Longer than what is shown');
  if (tool === 'AskUserQuestion') return { level: 'low', words: 'A question' };
  if (tool === 'ExitPlanMode') return some('Begins to carry out the plan');
  if (readers.has(tool)) return { level: 'low', words: 'Only reads' };
  if (shells.has(tool)) return ofCommand(textOf(input, 'command'));
  const writes = writers[tool];
  if (writes !== undefined) return ofFile(textOf(input, writes), cwd);
  if (tool === 'WebFetch') return ofAddress(textOf(input, 'url'));
  if (tool === 'WebSearch') return some('Asks a server on the internet');
  const mcp = mcpToolOf(tool);
  return some(mcp ? `Uses ${mcp.server}, a program beside Claude` : `Uses ${tool}`);
}

function ofCommand(command: string | undefined): Danger {
  if (command === undefined) return some('Runs a command');
  const { words, lines } = signsIn(command);
  const [first, ...rest] = words;
  if (first === undefined) return some('Runs a command');
  const danger = high(
    [first, ...rest.map((each) => each.charAt(0).toLowerCase() + each.slice(1))].join(', '),
  );
  if (lines.length === 0) return danger;
  const more = lines.length - mostLines;
  return { ...danger, lines: lines.slice(0, mostLines), ...(more > 0 && { morePlaces: more }) };
}

/** Names of this computer and addresses of networks that are not the internet, as `URL` writes them. */
const near =
  /^(?:localhost|.*\.(?:localhost|local|internal|lan|home\.arpa)|0\.0\.0\.0|127\..*|10\..*|169\.254\..*|192\.168\..*|172\.(?:1[6-9]|2\d|3[01])\..*|\[(?:::1?|::ffff:.*|f[cd].*|fe[89ab].*)\]|[^.:]+)$/;

function ofAddress(address: string | undefined): Danger {
  const url = address === undefined ? undefined : parsed(address);
  if (!url) return some('Asks a server on the internet');
  const { hostname, username, password, href } = url;
  // Letters of other scripts that look like Latin ones are written in Punycode there.
  if (/(?:^|\.)xn--/.test(hostname)) return high(`Asks a server whose name has other letters: ${hostname}`);
  if (username !== '' || password !== '') return high(`Asks ${hostname}, which another name hides`);
  if (hasHidden(href)) return high('Not what it looks like');
  if (near.test(hostname)) return high(`Asks ${hostname}, which is not on the internet`);
  return some('Asks a server on the internet');
}

// Not URL.canParse: an older Chromium, as that of Electron 25, has none.
function parsed(address: string): URL | undefined {
  try {
    return new URL(address);
  } catch {
    return undefined;
  }
}

/** Whether an address has what nobody sees in it, percent-encoded as addresses are. */
function hasHidden(href: string): boolean {
  try {
    return partsOf(decodeURIComponent(href)).some((part) => typeof part !== 'string');
  } catch {
    return false;
  }
}

/** Files that are run, or obeyed, without anybody asking again, and those that hold secrets. */
const delicate =
  /(?:^|[/\\])(?:\.env[^/\\]*|\.(?:ssh|aws|gnupg|kube|docker)[/\\].*|\.git[/\\].*|\.github[/\\]workflows[/\\].*|\.claude[/\\].*|\.mcp\.json|\.npmrc|\.netrc|\.(?:bash|zsh)\w*|\.profile|\.husky[/\\].*|authorized_keys|crontab|sudoers)$/;

function ofFile(path: string | undefined, cwd: string | undefined): Danger {
  if (path === undefined) return some('Changes a file');
  if (delicate.test(path)) return high('Changes a file that is obeyed or secret');
  const file = parseDirectory(path);
  const folder = cwd === undefined ? undefined : parseDirectory(cwd);
  if (file && folder && !(file.style === folder.style && covers(folder.key, file.key, false))) {
    return high('Changes a file outside the session’s folder');
  }
  return some('Changes a file');
}

function textOf(input: JsonObject, field: string): string | undefined {
  const value = input[field];
  return typeof value === 'string' ? value : undefined;
}
