/**
 * The format of an API key: `af_live_`, 32 random characters, 6 characters of checksum, all base62.
 * 32 base62 characters carry 190 bits. The checksum is the CRC-32 of the random part, so that a typo or a
 * made-up key is refused without asking the database, and so that secret scanners can tell a real key.
 */
export const apiKeyPrefix = 'af_live_';
const randomLength = 32;
const checksumLength = 6;
const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const pattern = new RegExp(`^${apiKeyPrefix}[0-9A-Za-z]{${randomLength + checksumLength}}$`);

/**
 * Makes a key from random bytes; bytes over 247 are skipped so that every character is equally likely.
 * @param randomBytes gives `count` cryptographically random bytes
 */
export function formatApiKey(randomBytes: (count: number) => Uint8Array): string {
  let random = '';
  while (random.length < randomLength) {
    for (const byte of randomBytes(randomLength)) {
      if (byte < 248 && random.length < randomLength) random += base62.charAt(byte % 62);
    }
  }
  return apiKeyPrefix + random + checksum(random);
}

/** Whether `text` has the form of a key and its checksum is right. Says nothing about whether the key exists. */
export function isWellFormedApiKey(text: string): boolean {
  if (!pattern.test(text)) return false;
  const body = text.slice(apiKeyPrefix.length);
  return checksum(body.slice(0, randomLength)) === body.slice(randomLength);
}

function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let place = 0; place < checksumLength; place += 1) {
    digits = base62.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

/** CRC-32 (IEEE 802.3, reflected) of ASCII text, as an unsigned 32-bit number. */
function crc32(ascii: string): number {
  let crc = 0xffffffff;
  for (let index = 0; index < ascii.length; index += 1) {
    crc ^= ascii.charCodeAt(index);
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
