import { toElectron } from '../addresses.js';
import type { CdpEvent } from '../cdp.js';
import { preloadWorld } from '../page/scripts.js';
import { theHost } from './host.js';
import type { SendingFrame } from './ipc-main.js';

interface FrameInfo {
  id: string;
  parentId?: string;
  url: string;
}

interface ContextInfo {
  id: number;
  name: string;
  auxData?: { frameId?: string; isDefault?: boolean };
}

/** The frames of a page and the worlds in them, kept by what Chromium tells. */
export class Frames {
  readonly #frames = new Map<string, FrameInfo>();
  readonly #contexts = new Map<number, ContextInfo>();
  readonly #mainFrame: string;

  /** @param mainFrame id of the frame that is the page itself */
  constructor(mainFrame: string) {
    this.#mainFrame = mainFrame;
  }

  hear({ method, params }: CdpEvent): void {
    if (method === 'Page.frameNavigated') {
      const frame = params.frame as FrameInfo;
      this.#frames.set(frame.id, frame);
    } else if (method === 'Page.navigatedWithinDocument') {
      const known = this.#frames.get(params.frameId as string);
      if (known) this.#frames.set(known.id, { ...known, url: params.url as string });
    } else if (method === 'Runtime.executionContextCreated') {
      const context = params.context as ContextInfo;
      this.#contexts.set(context.id, context);
    } else if (method === 'Runtime.executionContextDestroyed') {
      this.#contexts.delete(params.executionContextId as number);
    } else if (method === 'Runtime.executionContextsCleared' || method === 'Inspector.targetCrashed') {
      this.#contexts.clear();
    }
  }

  get url(): string {
    return toElectron(this.#frames.get(this.#mainFrame)?.url ?? 'about:blank', theHost().schemes);
  }

  /** The frame a world belongs to. */
  frameOf(contextId: number): SendingFrame | null {
    const frameId = this.#contexts.get(contextId)?.auxData?.frameId;
    return frameId === undefined ? null : this.#frame(frameId);
  }

  /** Where the preload script of the page lives. @param isolated whether it has a world of its own */
  preloadContext(isolated: boolean): number | undefined {
    const found = [...this.#contexts.values()].find(({ name, auxData }) => {
      const isItsWorld = isolated ? name === preloadWorld : auxData?.isDefault === true;
      return isItsWorld && auxData?.frameId === this.#mainFrame;
    });
    return found?.id;
  }

  #frame(id: string): SendingFrame | null {
    const frame = this.#frames.get(id);
    if (!frame) return null;
    const parent = frame.parentId === undefined ? null : this.#frame(frame.parentId);
    return { url: toElectron(frame.url, theHost().schemes), parent };
  }
}
