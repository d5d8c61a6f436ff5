/** Characters of an event's line; the whole text is in the event's data. */
const maxLine = 500;

/** Text as one readable line: white space folded, cut with an ellipsis. */
export function oneLine(text: string, max = maxLine): string {
  // Folding megabytes to keep a line of them would be waste.
  const folded = storable(text.slice(0, max * 8))
    .replace(/\s+/g, ' ')
    .trim();
  return folded.length > max ? `${storable(folded.slice(0, max - 1))}…` : folded;
}

/** Text that PostgreSQL can store: no NUL, no lone surrogate. */
export function storable(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed();
}
