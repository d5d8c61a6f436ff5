/** A line of a command that is hard to undo. */
export interface DangerousLine {
  /** Counted from 1. */
  line: number;
  /** The line, or of a long one what is dangerous in it with what stands around. */
  text: string;
}

/**
 * What is looked for: all of the patterns, one after the other, in one command between separators, or in one line of them. No
 * pattern reaches further than a word or two, and each is looked for once in each place: one pattern with gaps in it
 * takes minutes for a command that is made to be slow.
 */
interface Sign {
  within: 'command' | 'line';
  patterns: readonly RegExp[];
  words: string;
}

const inLine = (words: string, ...patterns: RegExp[]): Sign => signOf('line', words, patterns);
const inCommand = (words: string, ...patterns: RegExp[]): Sign => signOf('command', words, patterns);
const signOf = (within: Sign['within'], words: string, patterns: RegExp[]): Sign => ({
  ...{ within, words },
  patterns: patterns.map(({ source, flags }) => new RegExp(source, `${flags}g`)),
});

/** Looked for in the whole of a command, quoted or not: a warning too many is better than one too few. */
const signs: readonly Sign[] = [
  inCommand(
    'Deletes without asking back',
    /\brm\b/,
    /\s(?:-\w*[rRf]|--(?:recursive|force|no-preserve-root))/,
  ),
  inCommand('Deletes', /\b(?:rmdir|rd|del|erase)\b/i, /\s\/[sq]\b/i),
  inLine('Deletes', /\bremove-item\b|\bshred\b|-delete\b|-exec\s+rm\b/i),
  inLine('Has the rights of an administrator', /\b(?:sudo|doas|pkexec|runas)\b|\bsu\s+-/i),
  inLine(
    'Runs what it downloads',
    /\b(?:curl|wget|iwr|irm|invoke-webrequest)\b/i,
    /\|\s*(?:\w+\s+)*(?:(?:ba|z|k|da|fi)?sh|python3?|node|perl|ruby|iex)\b/i,
  ),
  inLine('Runs what is not seen here', /\bbase64\b/i, /\s(?:-d|-D|--decode)\b/i),
  inLine('Runs what is not seen here', /\beval\b|\bxxd\s+-r|-enc(?:odedcommand)?\s/i),
  inCommand('Overwrites what others have', /\bgit\b/, /\bpush\b/, /\s-\w*f|--force|--delete|--mirror|\s\+/),
  inCommand('Throws changes away', /\bgit\b/, /\breset\b/, /--hard/),
  inCommand('Throws changes away', /\bgit\b/, /\bclean\b/, /\s-\w*f/),
  inCommand(
    'Throws changes away',
    /\bgit\b/,
    /\b(?:checkout\s+(?:--\s+)?\.|restore\b|branch\s+-D|stash\s+(?:drop|clear)|filter-branch)/,
  ),
  inLine('Writes to a disk', /\b(?:mkfs|fdisk|parted|diskpart)\b|>\s*\/dev\/(?!null|stdout|stderr)/),
  inLine('Writes to a disk', /\bdd\b/, /\bof=/),
  inCommand('Changes who may read and write', /\b(?:chmod|chown|chgrp)\b/, /\s(?:-\w*R|777)/),
  inLine('Changes who may read and write', /\b(?:icacls|setfacl)\b/),
  inLine(
    'Deletes from a database',
    /\b(?:drop|truncate)\s+(?:table|database|schema|index)\b|\bdelete\s+from\b/i,
  ),
  inLine(
    'Changes what runs elsewhere',
    /\b(?:kubectl|helm|terraform|pulumi|aws|gcloud|az|flyctl|heroku|vercel)\b/,
    /\b(?:delete|destroy|apply|terminate|deploy|rm|scale)\b/,
  ),
  inCommand(
    'Publishes',
    /\b(?:npm|pnpm|yarn|cargo|gem|twine|docker|podman)\b/,
    /\b(?:publish|push|upload)\b/,
  ),
  inLine(
    'Ends what runs',
    /\b(?:shutdown|reboot|halt|pkill|killall|taskkill)\b|\bkill\s+-9\b|\bsystemctl\s+(?:stop|disable)/,
  ),
  inLine(
    'Touches secrets',
    /\.ssh\b|\bid_(?:rsa|ed25519)\b|\.aws\b|\.npmrc\b|\.netrc\b|\/etc\/(?:passwd|shadow|sudoers)/,
  ),
];

/** Most characters that are told of a dangerous line, and how many of them stand before what is dangerous in it. */
const mostTold = 200;
const before = 60;

/** What a command does that is hard to undo, each once, and the places where it does; no place of a short command. */
export function signsIn(command: string): { words: string[]; lines: DangerousLine[] } {
  // A line that goes on in the next is one to a shell; the places in it stay as they are.
  const joined = command.replace(/\\\r?\n/g, (end) => ' '.repeat(end.length));
  const parts = { line: split(joined, '\n'), command: split(joined, /[\n;|&]/) };
  const found = signs.flatMap(({ within, patterns, words }) =>
    parts[within].flatMap(({ text, from }) =>
      placesIn(text, patterns).map((at) => ({ words, at: from + at })),
    ),
  );
  const words = [...new Set(found.map((each) => each.words))];
  if (command.length <= mostTold && !command.includes('\n')) return { words, lines: [] };
  return {
    words,
    lines: linesAt(
      command,
      found.map(({ at }) => at).sort((one, other) => one - other),
    ),
  };
}

function split(text: string, between: string | RegExp): { text: string; from: number }[] {
  let next = 0;
  return text.split(between).map((part) => {
    const from = next;
    next += part.length + 1;
    return { text: part, from };
  });
}

/** Where all of the patterns begin to be found one behind the other, and again behind that. */
function placesIn(text: string, patterns: readonly RegExp[]): number[] {
  const places: number[] = [];
  for (let next = 0; ; ) {
    let first: number | undefined;
    for (const pattern of patterns) {
      pattern.lastIndex = next;
      const match = pattern.exec(text);
      if (!match) return places;
      first ??= match.index;
      next = pattern.lastIndex;
    }
    if (first !== undefined) places.push(first);
  }
}

/** The lines of a text at places of it, in order; of a long line what stands around each, where it is not told yet. */
function linesAt(text: string, places: readonly number[]): DangerousLine[] {
  const lines = split(text, '\n');
  const told: DangerousLine[] = [];
  let at = 0;
  let toldUpTo = 0;
  for (const place of places) {
    while (place >= (lines[at + 1]?.from ?? Infinity)) at += 1;
    const { text: line, from } = lines[at] ?? { text, from: 0 };
    if (told.length > 0 && place < toldUpTo) continue;
    const { shown, end } = around(line, place - from);
    told.push({ line: at + 1, text: shown });
    toldUpTo = from + end;
  }
  return told;
}

/** A line, or of a long one what stands around a place of it, and up to where what begins there is told. */
function around(line: string, at: number): { shown: string; end: number } {
  const length = line.trimEnd().length;
  if (line.trim().length <= mostTold) return { shown: line.trim(), end: line.length + 1 };
  const from = Math.max(0, Math.min(at - before, length - mostTold));
  const to = from + mostTold;
  const shown = `${from > 0 ? '…' : ''}${line.slice(from, to)}${to < length ? '…' : ''}`;
  return { shown, end: to < length ? to - before : line.length + 1 };
}
