import { type Approval, covers, type JsonObject, parseDirectory, partsOf } from '@agentfleet/contract';
import { mcpToolOf } from '../conversation/brief.js';

/** How much harm may come of what is asked. */
export interface Danger {
  /** `low`: it changes nothing. `some`: it may. `high`: there is something in it that is hard to undo, or hidden. */
  level: 'low' | 'some' | 'high';
  /** What it does, in a few words, e.g. `Deletes without asking back`. */
  words: string;
  /** The dangerous lines of a command that has several, counted from 1, each with its beginning. */
  lines?: readonly { line: number; text: string }[];
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

/** Looked for in the whole of a command, quoted or not: a warning too many is better than one too few. */
const signs: readonly (readonly [RegExp, string])[] = [
  [/\brm\b[^\n;|&]*\s(?:-\w*[rRf]|--(?:recursive|force|no-preserve-root))/, 'Deletes without asking back'],
  [
    /\b(?:rmdir|rd|del|erase)\b[^\n;|&]*\s\/[sq]\b|\bremove-item\b|\bshred\b|-delete\b|-exec\s+rm\b/i,
    'Deletes',
  ],
  [/\b(?:sudo|doas|pkexec|runas)\b|\bsu\s+-/i, 'Has the rights of an administrator'],
  [
    /\b(?:curl|wget|iwr|irm|invoke-webrequest)\b[^\n]*\|\s*(?:\w+\s+)*(?:(?:ba|z|k|da|fi)?sh|python3?|node|perl|ruby|iex)\b/i,
    'Runs what it downloads',
  ],
  [
    /\bbase64\b[^\n]*\s(?:-d|-D|--decode)\b|\beval\b|\bxxd\s+-r|-enc(?:odedcommand)?\s/i,
    'Runs what is not seen here',
  ],
  [
    /\bgit\b[^\n;|&]*\bpush\b[^\n;|&]*(?:\s-\w*f|--force|--delete|--mirror|\s\+)/,
    'Overwrites what others have',
  ],
  [
    /\bgit\b[^\n;|&]*\b(?:reset\b[^\n;|&]*--hard|clean\b[^\n;|&]*\s-\w*f|checkout\s+(?:--\s+)?\.|restore\b|branch\s+-D|stash\s+(?:drop|clear)|filter-branch)/,
    'Throws changes away',
  ],
  [
    /\b(?:mkfs\S*|fdisk|parted|diskpart)\b|\bdd\b[^\n]*\bof=|>\s*\/dev\/(?!null|stdout|stderr)/,
    'Writes to a disk',
  ],
  [
    /\b(?:chmod|chown|chgrp)\b[^\n;|&]*\s(?:-\w*R|777)|\b(?:icacls|setfacl)\b/,
    'Changes who may read and write',
  ],
  [/\b(?:drop|truncate)\s+(?:table|database|schema|index)\b|\bdelete\s+from\b/i, 'Deletes from a database'],
  [
    /\b(?:kubectl|helm|terraform|pulumi|aws|gcloud|az|flyctl|heroku|vercel)\b[^\n]*\b(?:delete|destroy|apply|terminate\S*|deploy|rm|scale)\b/,
    'Changes what runs elsewhere',
  ],
  [/\b(?:npm|pnpm|yarn|cargo|gem|twine|docker|podman)\b[^\n;|&]*\b(?:publish|push|upload)\b/, 'Publishes'],
  [
    /\b(?:shutdown|reboot|halt|pkill|killall|taskkill)\b|\bkill\s+-9\b|\bsystemctl\s+(?:stop|disable)/,
    'Ends what runs',
  ],
  [
    /\.ssh\b|\bid_(?:rsa|ed25519)\b|\.aws\b|\.npmrc\b|\.netrc\b|\/etc\/(?:passwd|shadow|sudoers)/,
    'Touches secrets',
  ],
];

/** Most characters of a dangerous line, and most lines, that are told by themselves. */
const mostTold = 200;
const mostLines = 5;

function ofCommand(command: string | undefined): Danger {
  if (command === undefined) return some('Runs a command');
  // A line that goes on in the next is one to a shell; the places in it stay as they are.
  const joined = command.replace(/\\\r?\n/g, (end) => ' '.repeat(end.length));
  const found = signs.flatMap(([sign, words]) => {
    const at = sign.exec(joined)?.index;
    return at === undefined ? [] : [{ at, words }];
  });
  if (found.length === 0) return some('Runs a command');
  const all = command.split('\n');
  const lineOf = (at: number) => command.slice(0, at).split('\n').length;
  const words = found
    .map(({ words }, place) => (place === 0 ? words : words.charAt(0).toLowerCase() + words.slice(1)))
    .join(', ');
  if (all.length === 1) return high(words);
  const lines = [...new Set(found.map(({ at }) => lineOf(at)))].sort((one, other) => one - other);
  return {
    ...high(words),
    lines: lines.slice(0, mostLines).map((line) => ({ line, text: beginning(all[line - 1] ?? '') })),
  };
}

const beginning = (line: string) => {
  const text = line.trim();
  return text.length > mostTold ? `${text.slice(0, mostTold)}…` : text;
};

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
