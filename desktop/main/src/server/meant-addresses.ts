import { ServerUrl } from '@agentfleet/bridge';

/** Most parts of a path that are tried: whoever copies an address copies that of a page. */
const mostParts = 4;

/**
 * What a typed address may mean, the likeliest first: `fleet.example.com` is tried with https and then with http, and
 * of `https://host/sessions` the path may be a page's. Throws an Error with a sentence where it is no address.
 */
export function meantAddresses(typed: string): string[] {
  const text = typed.trim();
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (text === '' || (scheme !== undefined && scheme !== 'http' && scheme !== 'https')) throw notAnAddress();
  const schemes = scheme === undefined ? ['https', 'http'] : [scheme];
  const rest = text.replace(/^([a-z][a-z0-9+.-]*:)?\/\//i, '');
  return schemes.flatMap((each) => withShorterPaths(`${each}://${rest}`));
}

function withShorterPaths(address: string): string[] {
  if (!URL.canParse(address)) throw notAnAddress();
  const url = new URL(address);
  if (url.username !== '' || url.password !== '' || /\s/.test(address)) throw notAnAddress();
  const parts = url.pathname.split('/').filter((part) => part !== '');
  const lengths = Array.from(
    { length: Math.min(parts.length, mostParts) + 1 },
    (_, index) => index,
  ).reverse();
  return lengths.map((length) => ServerUrl.parse([url.origin, ...parts.slice(0, length)].join('/')));
}

function notAnAddress(): Error {
  return new Error('An address such as https://your-host, without a name or password.');
}
