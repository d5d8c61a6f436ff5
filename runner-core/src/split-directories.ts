import { posix, win32 } from 'node:path';

/**
 * The directories that ALLOWED_DIRS names, as they were typed: between them stand `:` and `,` on macOS and Linux, `;` and
 * `,` on Windows, where a drive's colon never splits. Within double quotes nothing splits, so that `"/home/you/a, b"` is
 * one. Quotes around the whole, which cmd and env files leave there, are taken away where a list is within them.
 */
export function splitDirectories(text: string, platform: NodeJS.Platform): string[] {
  const windows = platform === 'win32';
  const within = quoted(text);
  if (within !== undefined) {
    const parts = trimmed(within.split(windows ? /[;,]/ : /[:,]/));
    const isList = parts.every((part) => isAbsolute(part, platform) || part.startsWith('~'));
    return isList ? parts : trimmed([within]);
  }
  const part = windows ? /\s*"[^"]*"\s*(?=[;,]|$)|[^;,]+/g : /\s*"[^"]*"\s*(?=[:,]|$)|[^:,]+/g;
  return trimmed((text.match(part) ?? []).map((each) => quoted(each) ?? each));
}

/** What stands between the quotes of a text that is quoted as a whole. */
const quoted = (text: string) => /^\s*"([^"]*)"\s*$/.exec(text)?.[1];

/** Whether it begins at a root; on Windows at that of a drive or a share, for `\code` is one of the current drive. */
export function isAbsolute(directory: string, platform: NodeJS.Platform): boolean {
  if (platform !== 'win32') return posix.isAbsolute(directory);
  return win32.isAbsolute(directory) && !/^[\\/][^\\/]/.test(directory);
}

const trimmed = (parts: string[]) => parts.map((part) => part.trim()).filter((part) => part !== '');
