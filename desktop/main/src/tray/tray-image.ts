import type { TrayIcon } from './tray-model.js';

/** What decides which drawing of the tray icon is seen well. */
export interface TrayBackground {
  platform: NodeJS.Platform;
  /** Whether the part of the system that holds the tray is dark. */
  isDark: boolean;
  /** `XDG_CURRENT_DESKTOP`, e.g. `ubuntu:GNOME`. */
  desktop: string | undefined;
}

/** Desktops whose bar is dark whatever the theme is. */
const alwaysDark = /\b(GNOME|Unity|Pantheon)\b/i;

/**
 * The file of a tray icon below `resources/tray`. macOS draws template images in the menu bar's own
 * colour; Windows wants its own format, which holds all sizes.
 */
export function trayImageFile(icon: TrayIcon, { platform, isDark, desktop }: TrayBackground): string {
  if (platform === 'darwin') return `darwin/${icon}Template.png`;
  const dark = isDark || (platform === 'linux' && alwaysDark.test(desktop ?? ''));
  const look = dark ? 'dark' : 'light';
  return platform === 'win32' ? `win32/${icon}-${look}.ico` : `linux/${icon}-${look}.png`;
}
