/** Whether every word of `text` occurs in `name`, in any order and case. */
export function matches(name: string, text: string): boolean {
  const within = name.toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => within.includes(word));
}
