import type { BrowserSession } from '@agentfleet/contract';
import type { AppClient } from './app-client.js';
import { bridgeFetch } from './bridge-fetch.js';
import { HttpClient } from './http-client.js';
import { HttpTransport } from './http-transport.js';
import { TransportError } from './transport.js';

/**
 * The transport of the app: the same calls, sent by the main process with a key that this window never sees. There is
 * no cookie session: who is signed in is whose key the computer has.
 */
export class IpcTransport extends HttpTransport {
  readonly #http: HttpClient;
  readonly #client: Pick<AppClient, 'ask' | 'listen' | 'state'>;

  constructor(client: Pick<AppClient, 'ask' | 'listen' | 'state'>) {
    const fetchImpl = bridgeFetch(client);
    super(fetchImpl);
    this.#http = new HttpClient(fetchImpl, '');
    this.#client = client;
  }

  /** The page's own address means nothing to another machine. */
  override serverUrl(): string {
    return this.#client.state?.settings.server ?? '';
  }

  /** Downloads of a page are refused in the app: the main process writes the file. */
  override async saveFile(name: string, _type: string, text: string): Promise<void> {
    try {
      await this.#client.ask('saveFile', { name, text });
    } catch (error) {
      throw new TransportError('INTERNAL', (error as Error).message);
    }
  }

  override async me(): Promise<BrowserSession> {
    const me = await this.#http.json('getMe', { path: '/me' });
    return { ...me, csrfToken: '', expiresAt: me.key.expiresAt ?? endless };
  }
}

/** When the session of a key without an end ends. */
const endless = '9999-12-31T23:59:59.999Z';
