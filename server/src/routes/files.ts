import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { isCompressible, settleCoding } from '../http/codings.js';
import type { Context } from '../http/context.js';

/** Nothing from elsewhere, nothing inline. */
const policy = (styles: string) =>
  `default-src 'self'; script-src 'self'; style-src ${styles}; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'`;

const types: Record<string, string | undefined> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
};

/**
 * Sets what a browser must know before it shows an answer of ours as a page.
 * @param inlineStyles for the reference page alone, whose library writes style elements
 */
export function secure(context: Context, { inlineStyles = false } = {}): void {
  context.set('Content-Security-Policy', policy(inlineStyles ? "'self' 'unsafe-inline'" : "'self'"));
  context.set('Cross-Origin-Opener-Policy', 'same-origin');
  context.set('Cross-Origin-Resource-Policy', 'same-origin');
  context.set('Permissions-Policy', 'camera=(), geolocation=(), microphone=()');
  context.set('Referrer-Policy', 'no-referrer');
}

/** What the build leaves beside a file, by the coding that it has. */
const endings = { br: '.br', gzip: '.gz' } as const;

/**
 * Streams a file, compressed as the build has left it beside, or says that the caller has it already.
 * @returns false, and leaves the answer alone, when there is none
 */
export async function sendFile(context: Context, file: string, cacheControl: string): Promise<boolean> {
  const plain = await statOf(file);
  if (!plain) return false;
  context.set('Cache-Control', cacheControl);
  context.type = types[extname(file)] ?? 'application/octet-stream';
  context.set('ETag', `W/"${plain.size.toString(36)}-${Math.trunc(plain.mtimeMs).toString(36)}"`);
  const coding = isCompressible(context.type) ? settleCoding(context) : undefined;
  context.status = 200;
  if (context.fresh) {
    context.status = 304;
    return true;
  }
  const made = coding && (await statOf(file + endings[coding]));
  if (made) context.set('Content-Encoding', coding);
  context.length = (made || plain).size;
  context.body = createReadStream(made ? file + endings[coding] : file);
  return true;
}

async function statOf(file: string) {
  const found = await stat(file).catch(() => undefined);
  return found?.isFile() ? found : undefined;
}
