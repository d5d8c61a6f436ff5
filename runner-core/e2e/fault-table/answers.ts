/** How often each status was answered, by what was asked. */
export class Answers {
  readonly #counts = new Map<string, number>();

  count(what: string, status: number): void {
    const name = `${what} ${status}`;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** With a status that begins like that, e.g. `500`, `5`. */
  of(status: string): number {
    let all = 0;
    for (const [name, count] of this.#counts) if (name.split(' ')[1]?.startsWith(status)) all += count;
    return all;
  }

  /** E.g. `claim 503: 12, launch 502: 1`: what was refused. */
  get refused(): string {
    return [...this.#counts]
      .filter(([name]) => !/ [023]/.test(name))
      .map(([name, count]) => `${name}: ${count}`)
      .join(', ');
  }

  clear(): void {
    this.#counts.clear();
  }
}
