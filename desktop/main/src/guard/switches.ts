/**
 * Every switch that the packed app may be started with, with its value. All others are refused, among them those that
 * open a debugger's port, load code, lead the network elsewhere or take guards out of Chromium: there are over a
 * thousand, and each version of Electron brings new ones.
 */
const letThrough: readonly { word: RegExp; platform?: NodeJS.Platform }[] = [
  // Ours, at login.
  { word: /^hidden$/ },
  // Of the installer, after an update.
  { word: /^updated$/, platform: 'win32' },
  // Of the Finder of older systems.
  { word: /^psn_\d+_\d+$/, platform: 'darwin' },
  // Of the AppImage, where the system lets no user make a sandbox; and root has none.
  { word: /^no-sandbox$/, platform: 'linux' },
  // What a screen may need.
  { word: /^disable-gpu$/ },
  { word: /^disable-dev-shm-usage$/, platform: 'linux' },
  { word: /^ozone-platform(-hint)?=(auto|wayland|x11)$/, platform: 'linux' },
  { word: /^enable-wayland-ime$/, platform: 'linux' },
  { word: /^force-device-scale-factor=\d(\.\d{1,3})?$/ },
];

/**
 * The first switch among the words of a command line that the packed app does not take; undefined where there is none.
 * Words are read as Chromium reads them, but for `--`, after which it would read none: here it ends nothing.
 * @param args without the executable
 */
export function refusedSwitch(args: readonly string[], platform: NodeJS.Platform): string | undefined {
  const prefix = platform === 'win32' ? /^(--|-|\/)(?=.)/ : /^--?(?=.)/;
  return args
    .map((word) => word.trim())
    .find((word) => {
      const switched = prefix.exec(word);
      if (!switched || word === '--') return false;
      const name = word.slice(switched[0].length);
      return !letThrough.some((each) => {
        return (each.platform === undefined || each.platform === platform) && each.word.test(name);
      });
    });
}

/**
 * Takes out of the app's own environment what steers Node, Electron and OpenSSL while they run, e.g. trust in any certificate.
 * Sessions have them as they were.
 */
export function dropSteering(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) if (/^(NODE|ELECTRON|SSL_CERT)_/i.test(name)) delete env[name];
}
