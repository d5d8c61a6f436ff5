import type { PlatformPath } from 'node:path';

/**
 * Whether `inside` is `directory` itself or below it, by whole segments. Both are absolute real paths of the
 * flavour's platform; this compares and never touches the disk.
 * @param flavour `path.posix` or `path.win32`; the latter compares drives, shares and names without case
 */
export function isInside(flavour: PlatformPath, directory: string, inside: string): boolean {
  const way = flavour.relative(directory, inside);
  // Another drive or share has no relative way: win32 then answers with the absolute path.
  return way === '' || (!flavour.isAbsolute(way) && way.split(flavour.sep)[0] !== '..');
}
