import { ServerUrl } from '@agentfleet/bridge';
import { RunId } from '@agentfleet/contract';

/** The scheme of links into the app. */
export const deepLinkScheme = 'agentfleet';

/** What a link may ask: to show a session, or to suggest a server. A link never carries a key. */
export type DeepLink = { kind: 'run'; runId: string } | { kind: 'connect'; server: string };

/**
 * Reads `agentfleet://runs/ID` and `agentfleet://connect?url=…`. Undefined for everything else: links come from
 * anywhere, so whatever is not exactly one of the two is passed over.
 */
export function parseDeepLink(text: string): DeepLink | undefined {
  if (text.length > 2_048 || !URL.canParse(text)) return undefined;
  const { protocol, hostname, pathname, searchParams, username, password, port, hash } = new URL(text);
  if (protocol !== `${deepLinkScheme}:` || `${username}${password}${port}${hash}` !== '') return undefined;
  const names = [...searchParams.keys()];
  if (hostname === 'runs' && names.length === 0) {
    const id = RunId.safeParse(pathname.replace(/^\//, ''));
    return id.success ? { kind: 'run', runId: id.data } : undefined;
  }
  if (hostname === 'connect' && ['', '/'].includes(pathname) && names.join() === 'url') {
    const server = ServerUrl.safeParse(searchParams.get('url'));
    return server.success && isTrustworthy(server.data)
      ? { kind: 'connect', server: server.data }
      : undefined;
  }
  return undefined;
}

/** The link among a process's arguments: Windows and Linux hand it over that way. */
export function deepLinkIn(args: readonly string[]): string | undefined {
  return args.find((argument) => argument.startsWith(`${deepLinkScheme}://`));
}

/** A stranger's link may suggest an address whose traffic cannot be read on the way, or this machine. */
function isTrustworthy(server: string): boolean {
  const { protocol, hostname } = new URL(server);
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}
