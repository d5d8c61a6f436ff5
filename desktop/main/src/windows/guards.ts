import { app, type Session, shell, type WebContents } from 'electron';
import { appScheme } from './app-files.js';
import { isOurPage, isWebAddress } from './is-ours.js';

/** Copying text is the one thing a page of ours asks the system for. */
const permitted = new Set(['clipboard-sanitized-write']);

/** Nothing but the app's own files is loaded, and no page is given a permission. */
export function guardSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, callback) =>
    callback(permitted.has(permission)),
  );
  session.setPermissionCheckHandler((_contents, permission) => permitted.has(permission));
  session.setDevicePermissionHandler(() => false);
  session.webRequest.onBeforeRequest((details, callback) => {
    callback({ cancel: !isAppRequest(details.url) });
  });
  session.on('will-download', (event) => event.preventDefault());
}

/** Every page, also one that should not exist, stays where it is: other addresses open in the user's browser. */
export function guardNavigation(log: (text: string) => void): void {
  app.on('web-contents-created', (_event, contents) => guardContents(contents, log));
}

function guardContents(contents: WebContents, log: (text: string) => void): void {
  const stay = (event: { preventDefault(): void }, url: string) => {
    if (isOurPage(url)) return;
    event.preventDefault();
    log(`Refused to go to ${url.slice(0, 200)}`);
  };
  contents.on('will-navigate', (event, url) => stay(event, url));
  contents.on('will-redirect', (event, url) => stay(event, url));
  contents.on('will-attach-webview', (event, _preferences, { src }) => {
    event.preventDefault();
    log(`Refused a page within the page: ${src?.slice(0, 200)}`);
  });
  contents.setWindowOpenHandler(({ url }) => {
    if (isWebAddress(url)) void shell.openExternal(url);
    return { action: 'deny' };
  });
}

/** The app's own files, and the developer tools'. */
function isAppRequest(url: string): boolean {
  return [`${appScheme}:`, 'devtools:', 'data:', 'blob:'].some((scheme) => url.startsWith(scheme));
}
