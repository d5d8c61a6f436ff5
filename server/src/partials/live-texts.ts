import type { PartialText } from '@agentfleet/contract';

/** The text that a run is producing, as far as it is known here. It grows in place; another text is another object. */
export interface LiveText extends Omit<PartialText, 'offset'> {
  readonly attempt: number;
  /** When it last grew, by the monotonic clock, ms. */
  grownAt: number;
}

/** A piece of one, and which attempt it is of. */
export type Piece = PartialText & { attempt: number };

/** Most characters of all texts together: the one that has been still for longest goes first. */
const mostChars = 16 * 1024 * 1024;

/** The newest text of each run. Pieces may come twice, late or with a gap: what comes out may not. */
export class LiveTexts {
  readonly #texts = new Map<string, LiveText>();
  readonly #mostChars: number;
  #chars = 0;

  constructor(most = mostChars) {
    this.#mostChars = most;
  }

  get(runId: string): LiveText | undefined {
    return this.#texts.get(runId);
  }

  /** @returns how much of the text is known: less than the piece's end when something before it is missing */
  add(runId: string, piece: Piece): { have: number; grew: boolean } {
    const known = this.#texts.get(runId);
    const end = piece.offset + piece.text.length;
    // A newer text has begun meanwhile: the old one needs no more.
    if (known && isOlder(piece, known)) return { have: end, grew: false };
    const same = known?.attempt === piece.attempt && known.block === piece.block;
    const have = same ? known.text.length : 0;
    if (piece.offset > have) return { have, grew: false };
    if (same && end <= have) return { have, grew: false };
    const { offset, ...place } = piece;
    const text: LiveText = same ? known : { ...place, text: '', grownAt: 0 };
    const fresh = piece.text.slice(have - offset);
    // The order of the map is the order in which texts grew.
    this.forget(runId);
    text.text += fresh;
    text.grownAt = performance.now();
    this.#texts.set(runId, text);
    this.#chars += text.text.length;
    this.#makeRoom(runId);
    return { have: text.text.length, grew: true };
  }

  forget(runId: string): void {
    this.#chars -= this.#texts.get(runId)?.text.length ?? 0;
    this.#texts.delete(runId);
  }

  /** Forgets what has been still for `ms`, unless it is wanted. */
  forgetStill(ms: number, isWanted: (runId: string) => boolean): void {
    const before = performance.now() - ms;
    for (const [runId, { grownAt }] of this.#texts) {
      if (grownAt < before && !isWanted(runId)) this.forget(runId);
    }
  }

  #makeRoom(except: string): void {
    for (const runId of this.#texts.keys()) {
      if (this.#chars <= this.#mostChars) return;
      if (runId !== except) this.forget(runId);
    }
  }
}

function isOlder(piece: Piece, known: LiveText): boolean {
  return piece.attempt < known.attempt || (piece.attempt === known.attempt && piece.block < known.block);
}
