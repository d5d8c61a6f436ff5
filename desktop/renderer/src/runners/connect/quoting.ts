/** `text` as one word of a POSIX shell, in double quotes where nothing in it needs the single ones. */
export function quoteShell(text: string): string {
  if (!/["$`\\!']/.test(text)) return `"${text}"`;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** `text` as a string of PowerShell, which takes typographic quotes for quotes as well. */
export function quotePowerShell(text: string): string {
  return `"${text.replace(/[`$"\u201c\u201d\u201e]/g, '`$&')}"`;
}

/** `text` within a here-string of PowerShell that expands variables. */
export function inHereString(text: string): string {
  return text.replace(/[`$]/g, '`$&');
}

/** `text` within a here-document of a POSIX shell that expands variables. */
export function inHereDocument(text: string): string {
  return text.replace(/[\\$`]/g, '\\$&');
}

/** `text` as a value of a file that systemd reads by `EnvironmentFile=`. */
export function quoteEnvironmentFile(text: string): string {
  return `"${text.replace(/["\\$`]/g, '\\$&')}"`;
}

/** `text` as content or attribute of XML. */
export function escapeXml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&apos;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
