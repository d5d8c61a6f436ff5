/** Whether what is sent to a server can be read on the way: it is not encrypted, and does not stay on this computer. */
export function isReadable(server: string): boolean {
  const address = parsed(server);
  return address?.protocol === 'http:' && !isThisComputer(address.hostname);
}

/** In pages too, some of which run in browsers that cannot ask `URL.canParse`. */
function parsed(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** As a parsed address has it: an IPv4 in four parts, an IPv6 in brackets. */
const isThisComputer = (hostname: string) =>
  hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname) || /(^|\.)localhost$/.test(hostname);
