import { Accelerator } from '@agentfleet/bridge';

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
 * What Electron calls these keys. Undefined while only modifiers are held, or for keys that every other program has or that are
 * typed: they would be taken from them.
 */
export function acceleratorOf(
  { code, ctrlKey, altKey, shiftKey, metaKey }: Pressed,
  isMac: boolean,
): string | undefined {
  const key = /^(?:Key|Digit)(.)$/.exec(code)?.[1] ?? (/^F\d{1,2}$/.test(code) ? code : named[code]);
  if (key === undefined) return undefined;
  const held = [
    ctrlKey && 'Control',
    altKey && 'Alt',
    shiftKey && 'Shift',
    metaKey && (isMac ? 'Command' : 'Super'),
  ].filter((each) => each !== false);
  const keys = [...held, key].join('+');
  return Accelerator.safeParse(keys).success ? keys : undefined;
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
