import type { IncomingMessage } from 'node:http';

/** The whole body of an answer. Rejects where it is larger than `most` bytes, or broke off; the rest is then not read. */
export async function bytesOf(response: IncomingMessage, most: number): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > most) throw new Error(`its answer is larger than ${most} bytes`);
  }
  return Buffer.concat(chunks);
}
