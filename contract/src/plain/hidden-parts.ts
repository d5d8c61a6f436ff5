/**
 * What Unicode calls controls, formats (the bidirectional ones among them), separators of lines, or ignorable by default,
 * and the blank braille cell. Tabs, line breaks and spaces of every width are what they look like.
 */
const suspect = /(?![\t\n]|\r\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** Scripts that are written with joiners between their letters: Persian, and those of India. */
const joined = 'Arab Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh'
  .replaceAll(/\w+/g, '\\p{Script_Extensions=$&}')
  .replaceAll(' ', '');
const before = `(?<=[\\p{L}\\p{M}])(?<=[${joined}])`;
const behind = `(?=[\\p{L}\\p{M}])(?=[${joined}])`;
const picture = '\\p{Extended_Pictographic}[\\uFE0E\\uFE0F]?\\p{Emoji_Modifier}?';
/** Where they are usual, nothing is hidden: in keycaps and pictures, and between such letters. */
const usual = new RegExp(
  `[#*\\d]\\uFE0F?\\u20E3|${picture}(?:\\u200D${picture})*|${before}[\\u200C\\u200D]${behind}`,
  'gu',
);

/** The hidden characters of a text, in order. */
export function hiddenIn(text: string): { at: number; code: string }[] {
  // Only few texts have any, and what is usual need not be looked for in the others.
  const found = [...text.matchAll(suspect)];
  if (found.length === 0) return [];
  const places = [...text.matchAll(usual)].map(({ 0: it, index }) => ({
    from: index,
    to: index + it.length,
  }));
  let next = 0;
  return found.flatMap(({ 0: character, index }) => {
    while ((places[next]?.to ?? Infinity) <= index) next += 1;
    if ((places[next]?.from ?? Infinity) <= index) return [];
    return [{ at: index, code: codeOf(character) }];
  });
}

/** A text in its parts: what is seen of it as text, what is hidden as its code, in order. */
export function partsOf(text: string): (string | { at: number; code: string })[] {
  const parts: (string | { at: number; code: string })[] = [];
  let from = 0;
  for (const hidden of hiddenIn(text)) {
    parts.push(text.slice(from, hidden.at), hidden);
    from = hidden.at + String.fromCodePoint(text.codePointAt(hidden.at) ?? 0).length;
  }
  return [...parts, text.slice(from)];
}

/** A text for where there is text alone: what is hidden in it stands as its code, e.g. `rm [U+202E]`. */
export function withHiddenSpelled(text: string): string {
  return partsOf(text)
    .map((part) => (typeof part === 'string' ? part : `[${part.code}]`))
    .join('');
}

function codeOf(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
  return `U+${hex.padStart(4, '0')}`;
}
