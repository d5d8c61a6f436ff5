import { appOrigin } from './app-files.js';

/** Whether an address is a page of the app itself. Compares whole origins: `app://agentfleet.evil` is another. */
export function isOurPage(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, host, username, password } = new URL(url);
  return `${protocol}//${host}` === appOrigin && `${username}${password}` === '';
}

/** Whether a link may be handed to the user's browser: a plain web address. */
export function isWebAddress(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, username, password } = new URL(url);
  return (protocol === 'https:' || protocol === 'http:') && `${username}${password}` === '';
}
