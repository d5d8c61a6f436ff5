/**
 * Directories as text, for POSIX and Windows alike on any machine. These rules are lexical: the server uses
 * them to offer a run only to runners that advertise its directory. They are not the allowlist: the runner
 * enforces that on the real path, with symlinks resolved, whatever a comparison of text says.
 */

export type DirectoryStyle = 'posix' | 'windows';

export interface Directory {
  style: DirectoryStyle;
  /**
   * The form in which two spellings of one directory are equal: `..` and `.` folded, no trailing or doubled
   * separators, accents composed (NFC: macOS hands names out decomposed); on Windows `/` as separator, lower case, no
   * `\\?\` prefix, no trailing dots or spaces in a name.
   * Examples: `/home/ann/code`, `c:/users/ann/code`, `//server/share/code`.
   */
  key: string;
}

/** Reads an absolute directory; undefined when `text` is relative, drive-relative (`C:code`) or a device. */
export function parseDirectory(text: string): Directory | undefined {
  const composed = text.normalize('NFC');
  if (composed.startsWith('/')) return { style: 'posix', key: `/${fold(composed.split('/')).join('/')}` };
  const windows = composed.replaceAll('/', '\\');
  const long = /^\\\\\?\\(?:(UNC)\\)?/i.exec(windows);
  const plain = long ? (long[1] ? '\\\\' : '') + windows.slice(long[0].length) : windows;
  const drive = /^([A-Za-z]:)\\/.exec(plain);
  if (drive?.[1]) return windowsDirectory(`${drive[1]}/`, plain.slice(drive[0].length));
  const unc = /^\\\\([^\\?.][^\\]*)\\([^\\]+)(?:\\|$)/.exec(plain);
  if (unc) return windowsDirectory(`//${unc[1]}/${unc[2]}/`, plain.slice(unc[0].length));
  return undefined;
}

/**
 * Whether `inside` is `directory` itself or below it, by whole segments: `/code` does not cover `/code-evil`.
 * @param caseInsensitive for a runner whose file system ignores case (macOS); Windows keys are lower case already
 */
export function covers(directory: string, inside: string, caseInsensitive = false): boolean {
  const [outer, inner] = caseInsensitive
    ? [directory.toLowerCase(), inside.toLowerCase()]
    : [directory, inside];
  return inner === outer || inner.startsWith(outer.endsWith('/') ? outer : `${outer}/`);
}

function windowsDirectory(root: string, rest: string): Directory {
  const names = rest.split('\\').map((name) => (/^\.+$/.test(name) ? name : name.replace(/[. ]+$/, '')));
  return { style: 'windows', key: (root + fold(names).join('/')).toLowerCase() };
}

function fold(segments: string[]): string[] {
  const folded: string[] = [];
  for (const segment of segments) {
    if (segment === '..') folded.pop();
    else if (segment !== '' && segment !== '.') folded.push(segment);
  }
  return folded;
}

/** Most bytes of a directory as UTF-8: what is looked up by it stands in indexes, whose entries are short. */
export const maxDirectoryBytes = 2_400;

const utf8 = new TextEncoder();
const bytesOf = (text: string) => utf8.encode(text).length;

/** Whether it is as short as a directory may be, spelled as it is and as it is compared. */
export const isShortDirectory = (text: string) =>
  Math.max(bytesOf(text), bytesOf(parseDirectory(text)?.key ?? '')) <= maxDirectoryBytes;
