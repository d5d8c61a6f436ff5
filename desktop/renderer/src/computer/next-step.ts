import { type AppState, isSetUp, keyTrouble } from '@agentfleet/bridge';

/** What a person does next to connect this computer. The button that does it is the one primary button of the screen. */
export interface NextStep {
  does: 'read-settings' | 'look-again' | 'sign-in' | 'allow' | 'keep-key' | 'add-folder' | 'open';
  /** Id of the element that it is in. */
  place: string;
  words: string;
}

/** Of several things that are to be done the one that the others wait for. */
export function nextStep(state: AppState): NextStep {
  const { settings, key, signIn } = state;
  if (state.settingsUnreadable) {
    return {
      does: 'read-settings',
      place: notesId,
      words: 'Mend the settings file, or set it aside.',
    };
  }
  // The server is this computer's own once it was let in there.
  if (signIn?.phase === 'unkept') return step(2, 'keep-key', 'say where the key is kept');
  if (signIn && signIn.phase !== 'failed') return step(2, 'allow', 'allow this computer in the browser');
  if (keyTrouble(state) && key.store !== 'empty') {
    return { does: 'look-again', place: notesId, words: 'See to the keychain, or sign in again.' };
  }
  if (settings.server === '') return step(1, 'sign-in', 'give the address of your server');
  if (key.source === 'none') return step(2, 'sign-in', 'sign in, or paste a key');
  if (!isSetUp(state)) return step(3, 'add-folder', 'add a folder');
  return { does: 'open', place: '', words: 'Everything is given.' };
}

/** Of what stands above the steps. */
export const notesId = 'notes';
export const stepId = (number: number) => `step-${number}`;

const step = (number: number, does: NextStep['does'], words: string): NextStep => ({
  does,
  place: stepId(number),
  words: `Step ${number} of 3: ${words}`,
});
