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

/** Calls back when the network is another one than before. @returns stop */
export function watchNetwork(read: () => Interfaces, onChange: () => void): () => void {
  let last = networkSignature(read());
  const timer = setInterval(() => {
    const now = networkSignature(read());
    if (now === last) return;
    last = now;
    onChange();
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
