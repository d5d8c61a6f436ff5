/** Whether what is sent to a server can be read on the way: it is not encrypted, and does not stay on this computer. */
export function isReadable(server: string): boolean {
  if (!URL.canParse(server)) return false;
  const { protocol, hostname } = new URL(server);
  return protocol === 'http:' && !isThisComputer(hostname);
}

/** As a parsed address has it: an IPv4 in four parts, an IPv6 in brackets. */
const isThisComputer = (hostname: string) =>
  hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname) || /(^|\.)localhost$/.test(hostname);
