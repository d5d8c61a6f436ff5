import type { IncomingMessage } from 'node:http';

/** A server says more than it may. */
export class AnswerTooLarge extends Error {
  constructor(most: number) {
    super(`answers with more than ${Math.round(most / 1024 ** 2)} MB`);
  }
}

/** The whole body of an answer. Rejects where it is larger than `most` bytes (AnswerTooLarge), or broke off; the rest is then not read. */
export async function bytesOf(response: IncomingMessage, most: number): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > most) throw new AnswerTooLarge(most);
  }
  return Buffer.concat(chunks);
}
