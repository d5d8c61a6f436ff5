import tls from 'node:tls';

/** What newer Nodes have, among them Electron's. */
interface Authorities {
  getCACertificates?(of: 'default' | 'system'): string[];
  setDefaultCACertificates?(certificates: string[]): void;
}

/**
 * From here on this process trusts, besides Node's own list, whom the system trusts: a company installs its authority there.
 * @returns of how many authorities that is; undefined on a Node that cannot be told (before 22.19 and 24.5)
 */
export function trustSystem(node: Authorities = tls as typeof tls & Authorities): number | undefined {
  if (!node.getCACertificates || !node.setDefaultCACertificates) return undefined;
  const trusted = new Set([...node.getCACertificates('default'), ...node.getCACertificates('system')]);
  node.setDefaultCACertificates([...trusted]);
  return trusted.size;
}
