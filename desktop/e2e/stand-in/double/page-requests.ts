import { toElectron } from '../addresses.js';
import { theHost } from './host.js';
import type { Page } from './page.js';
import type { Session } from './session.js';

/** A request of a page, held until it is answered, refused or let go. */
export interface PausedRequest {
  requestId: string;
  request: { url: string; method: string };
  resourceType: string;
  frameId: string;
  redirectedRequestId?: string;
}

/** Answers one request as Electron would: the app may refuse it, serve it, or leave it to the network. */
export async function answerRequest(page: Page, session: Session, paused: PausedRequest): Promise<void> {
  const { requestId, request } = paused;
  const url = toElectron(request.url, theHost().schemes);
  if (await session.refuses(url, request.method)) return failRequest(page, requestId, 'BlockedByClient');
  const response = await session.answer(url, request.method);
  if (!response) {
    page.tell('Fetch.continueRequest', { requestId });
    return;
  }
  page.tell('Fetch.fulfillRequest', {
    requestId,
    responseCode: response.status,
    responseHeaders: [...response.headers].map(([name, value]) => ({ name, value })),
    body: Buffer.from(await response.arrayBuffer()).toString('base64'),
  });
}

/** `Aborted` leaves a page where it is, `BlockedByClient` shows that the page could not be loaded. */
export function failRequest(page: Page, requestId: string, errorReason: 'Aborted' | 'BlockedByClient'): void {
  page.tell('Fetch.failRequest', { requestId, errorReason });
}
