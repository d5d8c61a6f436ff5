/** Most in one request. */
const most = 1_000;

/** The commands that were heard and of which the server does not know that yet: it says them until it does. */
export class Acknowledgements {
  #open: string[] = [];

  /** What the next request says. */
  get next(): string[] {
    return this.#open.slice(0, most);
  }

  /** @param sent what the request said that was answered @param heard what the answer asks for */
  answered(sent: readonly string[], heard: readonly string[]): void {
    this.#open = [...new Set([...this.#open.filter((id) => !sent.includes(id)), ...heard])];
  }
}
