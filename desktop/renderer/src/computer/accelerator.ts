/** Keys as they are pressed, for what Electron calls an accelerator. */
export type Pressed = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'altKey' | 'shiftKey' | 'metaKey'>;

const named: Record<string, string> = {
  Space: 'Space',
  Enter: 'Enter',
  ArrowUp: 'Up',
  ArrowDown: 'Down',
  ArrowLeft: 'Left',
  ArrowRight: 'Right',
  Comma: ',',
  Period: '.',
  Slash: '/',
  Semicolon: ';',
  Quote: "'",
  BracketLeft: '[',
  BracketRight: ']',
  Backslash: '\\',
  Backquote: '`',
  Equal: '=',
  Minus: '-',
};

/**
 * What Electron calls these keys. Undefined while only modifiers are held, or for a key that is also typed: with
 * Shift alone, or with nothing, it would be taken from every other program.
 */
export function acceleratorOf(
  { code, ctrlKey, altKey, shiftKey, metaKey }: Pressed,
  isMac: boolean,
): string | undefined {
  const key = /^(?:Key|Digit)(.)$/.exec(code)?.[1] ?? (/^F\d{1,2}$/.test(code) ? code : named[code]);
  if (key === undefined || !(ctrlKey || altKey || metaKey)) return undefined;
  const held = [
    ctrlKey && 'Control',
    altKey && 'Alt',
    shiftKey && 'Shift',
    metaKey && (isMac ? 'Command' : 'Super'),
  ].filter((each) => each !== false);
  return [...held, key].join('+');
}

/** As it is written on the keys, e.g. `⌥⌘N` or `Ctrl + Alt + N`. */
export function keysInWords(accelerator: string, isMac: boolean): string {
  const words: Record<string, string> = isMac
    ? { Control: '⌃', Alt: '⌥', Shift: '⇧', Command: '⌘', CommandOrControl: '⌘' }
    : { Control: 'Ctrl', CommandOrControl: 'Ctrl', Super: 'Super' };
  return accelerator
    .split('+')
    .map((each) => words[each] ?? each)
    .join(isMac ? '' : ' + ');
}
