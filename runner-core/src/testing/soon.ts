import { expect } from 'vitest';

/** The real one, whatever a test puts in its place. */
const later = globalThis.setTimeout;
const patienceMs = 15_000;
const betweenMs = 10;

/** As expect.poll, which advances the clocks of a test that owns them: while this one waits no time passes there. */
export function soon<Value>(read: () => Value): ReturnType<typeof expect.poll<Value>> {
  const matcher =
    (name: string) =>
    async (...wanted: unknown[]) => {
      for (let left = patienceMs / betweenMs; ; left -= 1) {
        try {
          const assertion = expect(read()) as unknown as Record<string, (...wanted: unknown[]) => void>;
          return assertion[name]?.(...wanted);
        } catch (error) {
          if (left <= 0) throw error;
        }
        await new Promise((resolve) => later(resolve, betweenMs));
      }
    };
  return new Proxy({}, { get: (_target, name) => matcher(String(name)) }) as ReturnType<
    typeof expect.poll<Value>
  >;
}
