import type { Unfit } from './control-plane/told.js';

const twoPlaces =
  'This runner’s own credential is used from another place too: by a copy of its directory, or by whoever took it. A copy becomes a runner of its own without its identity.json and credential.json. If there is none, revoke the credential on the page of the runner: this one then enrols again.';

/** What the server says again and again, and a person at the machine is told once. */
export class Complaints {
  readonly #say: (sentence: string) => void;
  #saidConflict = false;
  /** What was said last of something that could not be understood. */
  #saidUnfit = '';

  constructor(say: (sentence: string) => void) {
    this.#say = say;
  }

  /** The runner's credential was found in use by another process too. */
  ofTwoPlaces(): void {
    if (this.#saidConflict) return;
    this.#saidConflict = true;
    this.#say(twoPlaces);
  }

  ofUnfit({ run, commandId, why }: Unfit): void {
    const what = run?.id ?? commandId ?? 'Something that the server asks for';
    const sentence = `${what} cannot be understood, and is not carried out: ${why}.`;
    if (sentence === this.#saidUnfit) return;
    this.#saidUnfit = sentence;
    this.#say(sentence);
  }
}
