import { join } from 'node:path';

/** Scheme and host of the app's own pages. */
export const appScheme = 'app';
export const appOrigin = `${appScheme}://agentfleet`;

const types: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  svg: 'image/svg+xml',
  png: 'image/png',
  woff2: 'font/woff2',
};

export interface AppFile {
  path: string;
  type: string;
}

/** The path of an address of the app; undefined for every other origin. */
export function appAddress(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}` === appOrigin ? pathname : undefined;
}

/**
 * The file behind an address of the app. A screen's address (no extension) is the page itself. Undefined for every
 * other origin, every type of file that the build does not make, and everything that is not a plain name.
 */
export function appFile(url: string, root: string): AppFile | undefined {
  const pathname = appAddress(url);
  if (pathname === undefined) return undefined;
  const segments = pathname.split('/').slice(1);
  const last = segments.at(-1) ?? '';
  if (!last.includes('.')) return { path: join(root, 'index.html'), type: 'text/html; charset=utf-8' };
  const type = types[last.slice(last.lastIndexOf('.') + 1)];
  const isPlain = segments.every((segment) => /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(segment));
  return type && isPlain ? { path: join(root, ...segments), type } : undefined;
}
