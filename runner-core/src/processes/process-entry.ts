/** One live process. A zombie is none: it runs nothing and only waits to be reaped. */
export interface ProcessEntry {
  pid: number;
  ppid: number;
}

/** `root` and everything below it, as far as `entries` know; `root` first where it is alive. */
export function treeOf(root: number, entries: readonly ProcessEntry[]): number[] {
  const children = new Map<number, ProcessEntry[]>();
  for (const entry of entries) {
    const siblings = children.get(entry.ppid);
    if (siblings) siblings.push(entry);
    else children.set(entry.ppid, [entry]);
  }
  const found = new Set(entries.some((entry) => entry.pid === root) ? [root] : []);
  const parents = [root];
  for (let parent = parents.pop(); parent !== undefined; parent = parents.pop()) {
    for (const { pid } of children.get(parent) ?? []) {
      if (pid === root || found.has(pid)) continue;
      found.add(pid);
      parents.push(pid);
    }
  }
  return [...found];
}
