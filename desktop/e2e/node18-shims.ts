// What the app's code takes for granted and the old Electron's Node 18 lacks. Only in the builds for that lane.
import zlib from 'node:zlib';

AbortSignal.any ??= (signals: AbortSignal[]) => {
  const controller = new AbortController();
  for (const signal of signals) {
    if (signal.aborted) controller.abort(signal.reason);
    signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true });
  }
  return controller.signal;
};

String.prototype.isWellFormed ??= function isWellFormed(this: string) {
  try {
    encodeURIComponent(this);
    return true;
  } catch {
    return false;
  }
};

URL.canParse ??= (url: string | URL) => {
  try {
    new URL(url);
    return true;
  } catch {
    return false;
  }
};

if (!('crc32' in zlib)) {
  const table = Uint32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte;
    for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? 0xedb88320 ^ (rest >>> 1) : rest >>> 1;
    return rest;
  });
  const crc32 = (data: string | Uint8Array, value = 0): number => {
    let sum = ~value;
    for (const byte of Buffer.from(data)) sum = (table[(sum ^ byte) & 0xff] ?? 0) ^ (sum >>> 8);
    return ~sum >>> 0;
  };
  Object.assign(zlib, { crc32 });
}
