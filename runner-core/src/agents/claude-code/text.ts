/** Characters of an event's line; the whole text is in the event's data. */
const maxLine = 500;

/**
 * Escape sequences of terminals (CSI, OSC and its like, the two-character ones), what is left of one that was cut, and
 * every control character that no readable text needs, the byte order mark too.
 */
const escapes =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)|\u001b[ -/]*[0-~]|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufeff]/g;

/** Text without what steers a terminal; tabs and the ends of lines stay. */
export function withoutEscapes(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(escapes, '');
}

/** Text for people, of any number of lines. */
export function readable(text: string): string {
  return storable(withoutEscapes(text));
}

/** Text as one readable line: white space folded, cut with an ellipsis. */
export function oneLine(text: string, max = maxLine): string {
  // Folding megabytes to keep a line of them would be waste.
  const folded = readable(text.slice(0, max * 8))
    .replace(/\s+/g, ' ')
    .trim();
  return folded.length > max ? `${storable(folded.slice(0, max - 1))}…` : folded;
}

/** Text that PostgreSQL can store: no NUL, no lone surrogate. */
export function storable(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed();
}

/** A name that programs use, for people: `hook_response` is `hook response`. */
export function words(name: string): string {
  return name.replaceAll('_', ' ');
}
