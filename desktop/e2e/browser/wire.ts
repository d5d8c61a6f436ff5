import type { CDPSession, Page } from 'playwright-core';

/** What a page has received from the network, as the browser counts it. */
export interface Wire {
  /** Bytes on the wire, with the heads of the answers, of those that are still open as well. */
  bytes(): number;
  /** What was asked for, e.g. `GET /api/v1/runs?limit=50`, in order. */
  asked(): string[];
  /** Bytes by what was asked for, the largest first. */
  largest(): [string, number][];
  /** Forgets what came until now. */
  reset(): void;
}

/** Counts from now on. */
export async function wireOf(page: Page): Promise<Wire> {
  const session: CDPSession = await page.context().newCDPSession(page);
  const names = new Map<string, string>();
  let asked: string[] = [];
  let bytes = new Map<string, number>();
  const add = (id: string, more: number) => bytes.set(id, (bytes.get(id) ?? 0) + more);
  session.on('Network.requestWillBeSent', ({ requestId, request }) => {
    const { pathname, search } = new URL(request.url);
    names.set(requestId, `${request.method} ${pathname}${search}`);
    asked.push(names.get(requestId) ?? '');
  });
  // Before anything of the body it is the head.
  session.on('Network.responseReceived', ({ requestId, response }) =>
    add(requestId, response.encodedDataLength),
  );
  session.on('Network.dataReceived', ({ requestId, encodedDataLength }) => add(requestId, encodedDataLength));
  await session.send('Network.enable');
  return {
    bytes: () => [...bytes.values()].reduce((sum, more) => sum + more, 0),
    asked: () => asked,
    largest: () =>
      [...bytes]
        .map(([id, count]): [string, number] => [names.get(id) ?? id, count])
        .sort(([, one], [, other]) => other - one),
    reset() {
      asked = [];
      bytes = new Map();
    },
  };
}
