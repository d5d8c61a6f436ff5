import type { BrowserWindow, Dock } from 'electron';

/** The Dock of macOS shows the app while it has a window, and not while it is in the tray alone. */
export function showInDock(
  window: Pick<BrowserWindow, 'once'>,
  dock: Pick<Dock, 'show' | 'hide'> | undefined,
): void {
  if (!dock) return;
  void dock.show();
  window.once('closed', () => dock.hide());
}
