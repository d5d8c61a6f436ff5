/**
 * An XDG autostart entry, e.g. `~/.config/autostart/agentfleet.desktop`: what starts the app with the desktop session.
 * @param executable absolute path, of the AppImage where there is one
 */
export function linuxAutostartEntry(executable: string, args: readonly string[]): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=AgentFleet',
    'Comment=Runs Claude Code sessions of your fleet on this computer',
    `Exec=${[executable, ...args].map(quoteExec).join(' ')}`,
    'Icon=agentfleet',
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n');
}

/** One argument of an Exec line: quoted, and `%` doubled, because it begins a field code there. */
function quoteExec(argument: string): string {
  const escaped = argument.replace(/["`$\\]/g, '\\$&').replaceAll('%', '%%');
  // A backslash is escaped twice: once as an Exec argument, once as a string of the file.
  return `"${escaped.replaceAll('\\', '\\\\')}"`;
}
