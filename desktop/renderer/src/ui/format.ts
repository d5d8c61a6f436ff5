/** Milliseconds as `850 ms`, `12 s`, `3 min 5 s`, `2 h 4 min`, `3 d 1 h`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return two(minutes, 'min', seconds % 60, 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return two(hours, 'h', minutes % 60, 'min');
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

const instants = {
  /** `11/30/2026, 2:03:12 PM`, as the viewer's language has it. */
  whole: {},
  /** `2:03 PM` */
  time: { hour: 'numeric', minute: '2-digit' },
  /** `11/30/2026` */
  date: { year: 'numeric', month: 'numeric', day: 'numeric' },
  /** `Nov 30` */
  day: { month: 'short', day: 'numeric' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

/** An instant in the viewer's language and time zone. @param at ISO 8601, or ms since 1970 */
export function formatInstant(at: string | number, as: keyof typeof instants = 'whole'): string {
  const date = new Date(at);
  return as === 'whole' ? date.toLocaleString() : date.toLocaleString(undefined, instants[as]);
}

/** A calendar day, as `2026-11-30`, in few words: `Nov 30`. */
export function formatDay(day: string): string {
  return new Date(day).toLocaleDateString(undefined, { ...instants.day, timeZone: 'UTC' });
}

/** How long ago an instant was, by `now`: `just now`, `5 min ago`, `3 h ago`, then the date. */
export function formatAge(at: string, now: number): string {
  const minutes = Math.floor((now - Date.parse(at)) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ago`;
  if (minutes < 7 * 24 * 60) return `${Math.floor(minutes / 1_440)} d ago`;
  return formatInstant(at, 'date');
}

/** US dollars, with digits that mean something: `<$0.0001`, `$0.0042`, `$1.25`, `$12,345.60`. */
export function formatCost(usd: number): string {
  if (usd === 0) return '$0';
  if (usd < 0.00005) return '<$0.0001';
  return dollars(usd, usd < 0.00995 ? 4 : 2);
}

/** With so many digits behind the point; half of the last one is rounded up, whatever sum a figure comes from. */
export function dollars(usd: number, digits: number): string {
  const shown = (usd * (1 + 1e-9)).toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `$${shown}`;
}

/** A count in three digits: `950`, `12.3k`, `4.5M`. */
export function formatCount(count: number): string {
  if (count < 1_000) return String(count);
  if (count < 999_500) return `${trim(count / 1_000)}k`;
  return `${trim(count / 1_000_000)}M`;
}

/** Bytes as `950 bytes`, `12 KB`, `1.4 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_024) return `${bytes} bytes`;
  return bytes < 1_024 ** 2 ? `${Math.round(bytes / 1_024)} KB` : `${trim(bytes / 1_024 ** 2)} MB`;
}

/** The last two segments of a directory, POSIX or Windows. */
export function shortDirectory(directory: string): string {
  const separator = directory.startsWith('/') ? '/' : '\\';
  const segments = directory.split(/[\\/]/).filter((segment) => segment !== '');
  if (segments.length <= 2) return directory;
  return `…${separator}${segments.slice(-2).join(separator)}`;
}

function two(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;
}

function trim(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toFixed(1).replace(/\.0$/, '');
}

/** What a prompt begins with, on one line. */
export function firstLine(prompt: string): string {
  return prompt.trim().split('\n', 1)[0] ?? '';
}
