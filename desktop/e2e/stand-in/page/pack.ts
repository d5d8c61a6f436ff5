/** JSON that knows `undefined`, as structured cloning does. Both ends of a page and this process use it. */
export function pack(value: unknown): string {
  return JSON.stringify({ value }, (_key, each) => (each === undefined ? { $undefined: true } : each));
}

export function unpack(text: string): unknown {
  const read = JSON.parse(text, (_key, each) =>
    typeof each === 'object' && each !== null && each.$undefined === true ? undefined : each,
  ) as { value?: unknown };
  return read.value;
}
