import { isOurPage } from '../windows/is-ours.js';

/** What is looked at of the frame that sent a message. */
export interface SendingFrame {
  url: string;
  /** Null for the page itself; a frame inside it has one. */
  parent: unknown;
}

/** Whether a message may be answered: it comes from the app's own page, not from a frame in it or another page. */
export function isTrustedSender(frame: SendingFrame | null): boolean {
  return frame !== null && frame.parent === null && isOurPage(frame.url);
}
