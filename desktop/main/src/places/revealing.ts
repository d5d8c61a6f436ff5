/**
 * How a place is shown. A folder is opened, unless the system would take it for something to start, as macOS does with
 * `Name.app`; everything else is pointed at in its folder, and never opened.
 */
export function howToReveal(platform: NodeJS.Platform, path: string, isFolder: boolean): 'open' | 'point' {
  if (!isFolder) return 'point';
  const mayBeBundle = platform === 'darwin' && /\.[^/.]+\/?$/.test(path);
  return mayBeBundle ? 'point' : 'open';
}
