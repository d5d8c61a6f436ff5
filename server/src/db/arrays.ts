const textOid = 25;
const headerBytes = 20;
const lengthBytes = 4;
const nothing = -1;

/**
 * A `text[]` for a parameter of a statement, as PostgreSQL reads it in binary: what pg makes of an array is a literal
 * with every quote of every text escaped, which costs both sides a walk through each character. pg sends a Buffer as
 * it is.
 */
export function textArray(texts: readonly (string | null)[]): Buffer {
  const lengths = texts.map((text) => (text === null ? nothing : Buffer.byteLength(text)));
  const size = lengths.reduce((sum, length) => sum + lengthBytes + Math.max(length, 0), headerBytes);
  const array = Buffer.allocUnsafe(size);
  // One dimension, whether there are NULLs, the type; then how many there are, counted from 1.
  const header = [1, lengths.includes(nothing) ? 1 : 0, textOid, texts.length, 1];
  let at = 0;
  for (const word of header) at = array.writeInt32BE(word, at);
  for (const [index, text] of texts.entries()) {
    const length = lengths[index] ?? nothing;
    at = array.writeInt32BE(length, at);
    // ASCII, which is as many bytes as characters, needs no encoding: a third of the time.
    if (text !== null) at += array.write(text, at, text.length === length ? 'latin1' : 'utf8');
  }
  return array;
}

/** An array of whole numbers for a parameter of a statement: they need no escaping, which pg looks for in each. */
export const numberArray = (numbers: readonly number[]) => `{${numbers.join(',')}}`;
