import type { Transform } from 'node:stream';
import { promisify } from 'node:util';
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip } from 'node:zlib';
import type { Context } from './context.js';

/** The codings that answers may have on their way, the smaller one first. */
export const codings = ['br', 'gzip'] as const;
export type Coding = (typeof codings)[number];

/** Fewer bytes than this are sent as they are: a packet is a packet. */
export const leastBytes = 1_024;

/** Whether bytes of a media type get fewer when they are compressed. */
export const isCompressible = (type: string) =>
  /^(?:text\/|application\/(?:json|manifest\+json)|image\/svg)/.test(type);

/**
 * The coding of ours that an Accept-Encoding wants most; undefined: as it is.
 * @param ours the one first that is taken where both are wanted alike
 */
export function wantedCoding(accepted: string, ours: readonly Coding[] = codings): Coding | undefined {
  const weights = new Map<string, number>();
  for (const part of accepted.toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim());
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    weights.set(name, weight === undefined ? 1 : Number(weight) || 0);
  }
  const weightOf = (coding: Coding) => weights.get(coding) ?? weights.get('*') ?? 0;
  const [best] = ours.toSorted((one, other) => weightOf(other) - weightOf(one));
  const least = weights.get('identity') ?? 0;
  return best !== undefined && weightOf(best) > 0 && weightOf(best) >= least ? best : undefined;
}

/** What caches have to know, and the coding for this answer. */
export function settleCoding(context: Context, ours?: readonly Coding[]): Coding | undefined {
  context.vary('Accept-Encoding');
  return wantedCoding(context.get('Accept-Encoding'), ours);
}

/** Four takes the time of gzip and leaves less; more takes many times that. */
const brotliQuality = 4;
const brotli = promisify(brotliCompress);
const gzipped = promisify(gzip);

/** Off the event loop. */
export function compressed(bytes: Buffer, coding: Coding): Promise<Buffer> {
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = constants;
  return coding === 'gzip'
    ? gzipped(bytes)
    : brotli(bytes, {
        params: { [BROTLI_PARAM_QUALITY]: brotliQuality, [BROTLI_PARAM_SIZE_HINT]: bytes.length },
      });
}

export function compressor(coding: Coding): Transform {
  return coding === 'gzip'
    ? createGzip()
    : createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: brotliQuality } });
}
