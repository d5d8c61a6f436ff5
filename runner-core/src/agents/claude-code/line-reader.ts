/** Longest line that is read, in bytes. The CLI's own are far shorter; a longer one is left out, not kept in memory. */
export const maxLineBytes = 32 * 1024 * 1024;

export interface LineListener {
  line(text: string): void;
  /** A line that was too long to read. */
  oversized(bytes: number): void;
}

/** Cuts a stream of bytes into lines, whatever the chunks are, with bounded memory. */
export class LineReader {
  readonly #listener: LineListener;
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(listener: LineListener, maxBytes = maxLineBytes) {
    this.#listener = listener;
    this.#maxBytes = maxBytes;
  }

  /** What is kept of a line that has not ended yet, bytes. */
  get heldBytes(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      this.#keep(chunk.subarray(start, end));
      this.#finishLine();
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
  }

  /** What came after the last newline is a line too. */
  end(): void {
    if (this.#bytes > 0) this.#finishLine();
  }

  #keep(part: Buffer): void {
    if (part.length === 0) return;
    this.#bytes += part.length;
    if (this.#bytes <= this.#maxBytes) this.#chunks.push(part);
    else this.#chunks = [];
  }

  #finishLine(): void {
    const [chunks, bytes] = [this.#chunks, this.#bytes];
    this.#chunks = [];
    this.#bytes = 0;
    if (bytes > this.#maxBytes) this.#listener.oversized(bytes);
    else this.#listener.line(Buffer.concat(chunks).toString('utf8'));
  }
}
