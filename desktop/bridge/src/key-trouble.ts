import type { AppState } from './app-state.js';

/** Why an app that was set up has no key: a few words for the tray, and a sentence with the mend. */
export interface KeyTrouble {
  short: string;
  sentence: string;
}

/** Undefined where the app has its key, and where it was never set up. */
export function keyTrouble({ settings, key }: Pick<AppState, 'settings' | 'key'>): KeyTrouble | undefined {
  const wasSetUp = settings.server !== '' && settings.directories.length > 0;
  if (!wasSetUp || key.source !== 'none') return undefined;
  const said = key.keychainProblem ?? '';
  switch (key.store) {
    case 'opening':
      return { short: 'waiting for the keychain', sentence: said || 'The keychain has not answered yet.' };
    case 'locked':
      return {
        short: 'the keychain is locked',
        sentence: 'The keychain is locked. Unlock it: this computer then goes on by itself.',
      };
    case 'absent':
      return {
        short: 'no keychain answers',
        sentence: `${said} Sign in, or start the keychain: this computer then goes on by itself.`.trim(),
      };
    case 'refused':
      return {
        short: 'the keychain refuses',
        sentence: `${said} Look again when it is mended, or sign in.`.trim(),
      };
    case 'empty':
      return {
        short: 'no key in the keychain',
        sentence: `The keychain answers, but holds no key for ${settings.server}. Sign in again.`,
      };
  }
}
