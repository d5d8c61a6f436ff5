import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Context } from '../http/app.js';

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

/** Streams a file. @returns false, and leaves the answer alone, when there is none */
export async function sendFile(context: Context, file: string, cacheControl: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) return false;
  context.set('Cache-Control', cacheControl);
  context.type = types[extname(file)] ?? 'application/octet-stream';
  context.length = found.size;
  context.body = createReadStream(file);
  return true;
}
