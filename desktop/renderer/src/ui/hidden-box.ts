/** Names of the Unicode standard for what is met most, in lower case. */
const names: Readonly<Record<string, string>> = {
  'U+0000': 'null',
  'U+0007': 'bell',
  'U+0008': 'backspace',
  'U+000D': 'carriage return',
  'U+001B': 'escape',
  'U+007F': 'delete',
  'U+00AD': 'soft hyphen',
  'U+034F': 'grapheme joiner',
  'U+061C': 'arabic letter mark',
  'U+200B': 'zero width space',
  'U+200C': 'zero width non-joiner',
  'U+200D': 'zero width joiner',
  'U+200E': 'left-to-right mark',
  'U+200F': 'right-to-left mark',
  'U+2028': 'line separator',
  'U+2029': 'paragraph separator',
  'U+202A': 'left-to-right embedding',
  'U+202B': 'right-to-left embedding',
  'U+202C': 'end of direction',
  'U+202D': 'left-to-right override',
  'U+202E': 'right-to-left override',
  'U+2060': 'word joiner',
  'U+2066': 'left-to-right isolate',
  'U+2067': 'right-to-left isolate',
  'U+2068': 'first strong isolate',
  'U+2069': 'end of isolate',
  'U+2800': 'blank braille',
  'U+3164': 'hangul filler',
  'U+FEFF': 'byte order mark',
};

/** How a character that is not seen is shown: its name, or the code of one without, e.g. `U+E0041`, in a box. */
export const boxOf = (code: string) => ({
  name: names[code] ?? code,
  className: 'hidden-character',
  title: `${code}: a character that is not seen`,
});
