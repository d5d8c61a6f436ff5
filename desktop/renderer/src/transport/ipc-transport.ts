import type { BrowserSession, Me } from '@agentfleet/contract';
import type { AppClient } from '../computer/app-client.js';
import { bridgeFetch } from './bridge-fetch.js';
import { HttpClient } from './http-client.js';
import { HttpTransport } from './http-transport.js';

/**
 * The transport of the app: the same calls, sent by the main process with a key that this window never sees. There is
 * no cookie session: who is signed in is whose key the computer has.
 */
export class IpcTransport extends HttpTransport {
  readonly #http: HttpClient;

  constructor(relay: Pick<AppClient, 'ask' | 'listen'>) {
    const fetchImpl = bridgeFetch(relay);
    super(fetchImpl);
    this.#http = new HttpClient(fetchImpl, '');
  }

  override async me(): Promise<BrowserSession> {
    const me = await this.#http.json<Me>({ path: '/me' });
    return { ...me, csrfToken: '', expiresAt: me.key.expiresAt ?? endless };
  }
}

/** When the session of a key without an end ends. */
const endless = '9999-12-31T23:59:59.999Z';
