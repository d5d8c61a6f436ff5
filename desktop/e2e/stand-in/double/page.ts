import type { CdpEvent } from '../cdp.js';
import { theHost } from './host.js';

/** A page of Chromium's, and the session in which it is spoken to. */
export interface Target {
  targetId: string;
  sessionId: string;
}

interface Attached {
  sessionId: string;
  targetInfo: { targetId: string; type: string; openerId?: string };
}

/** Told of every page that a page opens, before that page runs. */
export type OnPopup = (target: Target, openerId: string) => void;

/** Attaches to every page as it is made, and holds it until it has been set up. */
export async function watchPages(onPopup: OnPopup): Promise<void> {
  const { cdp } = theHost();
  cdp.listen(({ method, params }) => {
    if (method !== 'Target.attachedToTarget') return;
    const { sessionId, targetInfo } = params as unknown as Attached;
    const { targetId, type, openerId } = targetInfo;
    if (type !== 'page') {
      void cdp.send('Runtime.runIfWaitingForDebugger', {}, sessionId).catch(() => undefined);
      return;
    }
    const target = { targetId, sessionId };
    if (openerId !== undefined) return onPopup(target, openerId);
    attached.set(targetId, target);
    awaited.get(targetId)?.(target);
  });
  await cdp.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: true });
}

const attached = new Map<string, Target>();
const awaited = new Map<string, (target: Target) => void>();

/** An empty page that waits to be set up. @param size of the window, in CSS pixels */
export async function openPage(size: { width: number; height: number }): Promise<Target> {
  const { targetId } = await theHost().cdp.send<{ targetId: string }>('Target.createTarget', {
    url: 'about:blank',
    ...size,
  });
  const target =
    attached.get(targetId) ?? (await new Promise<Target>((resolve) => awaited.set(targetId, resolve)));
  attached.delete(targetId);
  awaited.delete(targetId);
  return target;
}

/** Speaks to one page. */
export class Page {
  readonly targetId: string;
  readonly #sessionId: string;

  constructor({ targetId, sessionId }: Target) {
    this.targetId = targetId;
    this.#sessionId = sessionId;
  }

  send<Result = unknown>(method: string, params: object = {}): Promise<Result> {
    return theHost().cdp.send<Result>(method, params, this.#sessionId);
  }

  /** For what may come too late, when the page is already gone. */
  tell(method: string, params: object = {}): void {
    void this.send(method, params).catch(() => undefined);
  }

  listen(listener: (event: CdpEvent) => void): () => void {
    return theHost().cdp.listen((event) => {
      const isMine =
        event.sessionId === this.#sessionId ||
        (event.method === 'Target.targetDestroyed' && event.params.targetId === this.targetId);
      if (isMine) listener(event);
    });
  }
}
