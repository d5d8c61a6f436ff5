/** Where a value lies in the memory of a process, bytes. */
export interface SecretPlace {
  at: number;
  length: number;
}

/**
 * Where the environment that a Linux process was started with has the values of some variables. Other processes of the
 * same user read it in `/proc/<pid>/environ` for as long as it is there, whatever the process has taken out of its
 * environment since.
 * @param stat what `/proc/self/stat` says
 * @param read gives `length` bytes of the process's own memory from `start` on
 */
export function secretPlaces(
  stat: string,
  read: (start: number, length: number) => Uint8Array,
  names: readonly string[],
): SecretPlace[] {
  // The name of the program stands in parentheses and may hold anything; the third field follows it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const start = Number(fields[50 - 3]);
  const end = Number(fields[51 - 3]);
  if (!(start > 0) || !(end > start)) return [];
  const places: SecretPlace[] = [];
  const block = read(start, end - start);
  for (let from = 0; from < block.length; ) {
    const zero = block.indexOf(0, from);
    const next = zero === -1 ? block.length : zero;
    for (const name of names) {
      const value = from + name.length + 1;
      if (value < next && startsWith(block, from, `${name}=`)) {
        places.push({ at: start + value, length: next - value });
      }
    }
    from = next + 1;
  }
  return places;
}

const startsWith = (bytes: Uint8Array, from: number, text: string) =>
  [...text].every((character, index) => bytes[from + index] === character.charCodeAt(0));
