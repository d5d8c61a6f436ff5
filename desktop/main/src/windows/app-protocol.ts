import { readFile } from 'node:fs/promises';
import { protocol, type Session } from 'electron';
import { appFile, appScheme } from './app-files.js';
import { contentSecurityPolicy } from './content-security-policy.js';

/** Must be called before the app is ready: makes `app://` an origin of its own, as https would be. */
export function registerAppScheme(): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true };
  protocol.registerSchemesAsPrivileged([{ scheme: appScheme, privileges }]);
}

/** Serves the app's pages from a folder, with what they may do. @param root absolute */
export function serveAppFiles(session: Session, root: string): void {
  session.protocol.handle(appScheme, async (request) => {
    const file = request.method === 'GET' ? appFile(request.url, root) : undefined;
    const content = file && (await readFile(file.path).catch(() => undefined));
    if (!file || !content)
      return new Response('Not found', { status: 404, headers: pageHeaders('text/plain') });
    return new Response(new Uint8Array(content), { headers: pageHeaders(file.type) });
  });
}

function pageHeaders(type: string): Record<string, string> {
  return {
    'content-type': type,
    'content-security-policy': contentSecurityPolicy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
  };
}
