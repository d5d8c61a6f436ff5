/** Keys of ours and of others that a message might carry along. */
const secrets = /\b(af_live_|sk-ant-|sk-)[A-Za-z0-9_-]{8,}|\b(bearer\s+)[^\s"']+/gi;

/** Text with everything that looks like a secret cut to its kind: `af_live_…`. */
export function redact(text: string): string {
  return text.replace(secrets, (_match, prefix?: string, scheme?: string) => `${prefix ?? scheme}…`);
}
