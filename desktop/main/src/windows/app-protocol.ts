import { readFile } from 'node:fs/promises';
import { imagePathOf } from '@agentfleet/contract';
import { protocol, type Session } from 'electron';
import { appAddress, appFile, appScheme } from './app-files.js';
import { contentSecurityPolicy } from './content-security-policy.js';

/** Must be called before the app is ready: makes `app://` an origin of its own, as https would be. */
export function registerAppScheme(): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true };
  protocol.registerSchemesAsPrivileged([{ scheme: appScheme, privileges }]);
}

/** What of the control API pages load by an address: they have no other way to it than IPC, which carries text. */
export type LoadImage = (address: string) => Promise<{ type: string; bytes: BodyInit } | undefined>;

/**
 * Serves the app's pages from a folder, with what they may do, and at the addresses they have on the server the images
 * of sessions.
 * @param root absolute
 */
export function serveAppFiles(session: Session, root: string, loadImage: LoadImage): void {
  session.protocol.handle(appScheme, async (request) => {
    if (request.method !== 'GET') return notFound();
    const address = appAddress(request.url);
    if (address && imagePathOf(address) !== undefined) {
      const image = await loadImage(address);
      return image ? new Response(image.bytes, { headers: pageHeaders(image.type) }) : notFound();
    }
    const file = appFile(request.url, root);
    const content = file && (await readFile(file.path).catch(() => undefined));
    return file && content
      ? new Response(new Uint8Array(content), { headers: pageHeaders(file.type) })
      : notFound();
  });
}

const notFound = () => new Response('Not found', { status: 404, headers: pageHeaders('text/plain') });

function pageHeaders(type: string): Record<string, string> {
  return {
    'content-type': type,
    'content-security-policy': contentSecurityPolicy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
  };
}
