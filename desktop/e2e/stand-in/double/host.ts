import type { Cdp } from '../cdp.js';

/** What the doubles share: the browser behind the windows, and what the app told before it was ready. */
export interface Host {
  cdp: Cdp;
  /** Schemes of the app's own. */
  schemes: Set<string>;
  /** Absolute path of the folder that is started. */
  appPath: string;
}

let host: Host | undefined;

export function setHost(made: Host): void {
  host = made;
}

export function theHost(): Host {
  if (!host) throw new Error('The stand-in has not started yet');
  return host;
}

/** An event whose consequence a listener may stop. */
export interface PreventableEvent {
  readonly defaultPrevented: boolean;
  preventDefault(): void;
}

export function preventable(): PreventableEvent {
  let prevented = false;
  return {
    get defaultPrevented() {
      return prevented;
    },
    preventDefault() {
      prevented = true;
    },
  };
}
