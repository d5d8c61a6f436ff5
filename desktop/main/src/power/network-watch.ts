import type { NetworkInterfaceInfo } from 'node:os';

type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>;

/** The machine's addresses as one text that changes when it joins, leaves or changes a network. */
export function networkSignature(interfaces: Interfaces): string {
  return Object.entries(interfaces)
    .flatMap(([name, addresses]) =>
      (addresses ?? []).filter(({ internal }) => !internal).map(({ address }) => `${name} ${address}`),
    )
    .sort()
    .join('\n');
}

/** How often to look, ms. */
const everyMs = 5_000;

/** Calls back when the network is another one than before. @param read may throw: some sandboxes tell nothing @returns stop */
export function watchNetwork(read: () => Interfaces, onChange: () => void): () => void {
  let last = look(read);
  const timer = setInterval(() => {
    const now = look(read);
    if (now === undefined || now === last) return;
    last = now;
    onChange();
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** Undefined where the system does not tell. */
function look(read: () => Interfaces): string | undefined {
  try {
    return networkSignature(read());
  } catch {
    return undefined;
  }
}
