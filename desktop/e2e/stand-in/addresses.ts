// Chromium knows no scheme of ours. A page of `app://agentfleet/x` is opened as `https://agentfleet.app.invalid/x`,
// an origin of the same rights that no request can reach, and called by its own name again wherever the app looks.

const suffix = '.invalid';

/** @param schemes those the app registered */
export function toChromium(url: string, schemes: ReadonlySet<string>): string {
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(url) ?? [];
  if (!schemes.has(scheme)) return url;
  const [host = ''] = rest.split(/[/?#]/, 1);
  return `https://${host}.${scheme}${suffix}${rest.slice(host.length) || '/'}`;
}

export function toElectron(url: string, schemes: ReadonlySet<string>): string {
  const [, host = '', scheme = '', rest = ''] =
    /^https:\/\/([^/?#]*)\.([a-z]+)\.invalid(?=[/?#]|$)(.*)$/s.exec(url) ?? [];
  return schemes.has(scheme) ? `${scheme}://${host}${rest}` : url;
}
