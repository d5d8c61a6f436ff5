import { type Changes, maxChanges } from '@agentfleet/contract';

export type Kind = keyof Changes;
/** Since the entries of a journal may be forgotten, ms by the monotonic clock. */
type Time = number;

/** Where a reader of a journal is: the number of the last change that he knows. */
export type Place = number;

/** What there is for a reader, and where he is then; `changes` undefined: it is not known what he missed. */
export interface News {
  place: Place;
  changes: Changes | undefined;
}

/**
 * What changed last in an org, each thing once and at its latest place: so it is bounded by how much there is, not by how
 * often it changes, and each reader needs no more than his place in it.
 */
export class Journal {
  /** Tells journals apart, as those of two servers, or of one before and after its start. */
  readonly name = Math.random().toString(36).slice(2, 10).padEnd(8, '0');
  readonly readers = new Set<() => void>();
  /** By kind and id, oldest change first. */
  readonly #entries = new Map<string, { place: Place; at: Time }>();
  #last: Place = 0;
  /** What changed up to here is not known. */
  #forgotten: Place = 0;
  #forgottenAt: Time;
  /** Readers are mostly at the same place. */
  #newest: { after: Place; news: News } | undefined;

  /** @param completeSince nothing changed in the org from then until now */
  constructor(completeSince: Time) {
    this.#forgottenAt = completeSince;
  }

  get last(): Place {
    return this.#last;
  }

  add(changes: Iterable<string>): void {
    this.#last += 1;
    const entry = { place: this.#last, at: performance.now() };
    for (const key of changes) {
      this.#entries.delete(key);
      this.#entries.set(key, entry);
    }
    for (const [key, { place, at }] of this.#entries) {
      if (this.#entries.size <= maxChanges) break;
      this.#entries.delete(key);
      this.#forgotten = place;
      this.#forgottenAt = at;
    }
    this.#tell();
  }

  /** It is not known what changed: every reader is to look at everything. */
  forget(): void {
    this.#last += 1;
    this.#entries.clear();
    this.#forgotten = this.#last;
    this.#forgottenAt = performance.now();
    this.#tell();
  }

  /** The place of somebody who has read what he knows since a moment; undefined: that is not known any more. */
  placeAt(moment: Time): Place | undefined {
    if (moment < this.#forgottenAt) return undefined;
    let found = this.#forgotten;
    for (const { place, at } of this.#entries.values()) if (at < moment) found = place;
    return found;
  }

  /** What changed behind a place; undefined: nothing. */
  after(place: Place): News | undefined {
    if (place >= this.#last) return undefined;
    if (this.#newest?.after !== place || this.#newest.news.place !== this.#last) {
      const changes = place < this.#forgotten ? undefined : this.#changesAfter(place);
      this.#newest = { after: place, news: { place: this.#last, changes } };
    }
    return this.#newest.news;
  }

  #changesAfter(after: Place): Changes {
    const changes: Changes = {};
    for (const [key, { place }] of this.#entries) {
      if (place <= after) continue;
      const [kind, id] = key.split(' ') as [Kind, string];
      // Who reads the run again knows of its log, too.
      if (kind === 'logs' && (this.#entries.get(`runs ${id}`)?.place ?? 0) > after) continue;
      changes[kind] ??= [];
      changes[kind].push(id);
    }
    return changes;
  }

  #tell(): void {
    for (const reader of [...this.readers]) reader();
  }
}
