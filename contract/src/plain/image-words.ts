/** The images that are kept of a log and served as such. Never SVG: it is a program, not a picture. */
export const imageTypes = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const;
export type ImageType = (typeof imageTypes)[number];

/** Characters of base64 that are enough to tell what an image is. */
const headChars = 24;

/** What an image really is, by its first bytes, whatever it is called; undefined for everything that is not served. */
export function imageTypeOf(base64: string): ImageType | undefined {
  const head = base64.slice(0, headChars);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(head)) return undefined;
  const bytes = atob(head.replace(/=+$/, ''));
  if (bytes.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (bytes.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (bytes.startsWith('GIF87a') || bytes.startsWith('GIF89a')) return 'image/gif';
  return bytes.startsWith('RIFF') && bytes.startsWith('WEBP', 8) ? 'image/webp' : undefined;
}

const address = /^\/api\/v1(\/runs\/[A-Za-z0-9]+\/events\/\d{1,16}\/images\/\d{1,4})$/;

/** The path of an image's address below the API's base; undefined for every other address. */
export const imagePathOf = (url: string): string | undefined => address.exec(url)?.[1];
