import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { KeepAliveClient, requestBytes } from './keep-alive-client.js';

/** A client that costs little, so that the server is what is measured. */
export class Api {
  readonly url: string;
  readonly key: string;
  /** Name and port. */
  readonly host: string;
  readonly #streams = new Agent({ maxSockets: Number.POSITIVE_INFINITY });
  /** The one that was used last comes last. */
  readonly #idle: KeepAliveClient[] = [];

  constructor(url: string, key: string) {
    this.url = url;
    this.key = key;
    this.host = new URL(url).host;
  }

  /** Sends a POST; `body` goes as JSON. Throws on every status but 2xx. */
  async post<Answer>(path: string, body: unknown): Promise<Answer> {
    return JSON.parse(await this.#send(requestBytes(this, path, JSON.stringify(body)))) as Answer;
  }

  /** Reads it, and throws on every status but 2xx. */
  async get<Answer>(path: string): Promise<Answer> {
    return JSON.parse(await this.#send(requestBytes(this, path))) as Answer;
  }

  /** The event stream of a run: `seen` gets each seq as it comes. @returns a function that closes it */
  async watch(runId: string, seen: (seq: number) => void): Promise<() => void> {
    const headers = { authorization: `Bearer ${this.key}`, accept: 'text/event-stream' };
    const sent = request(new URL(`/api/v1/runs/${runId}/events`, this.url), {
      agent: this.#streams,
      headers,
    });
    const [response] = (await once(sent.end(), 'response')) as [IncomingMessage];
    if (response.statusCode !== 200) {
      response.resume();
      throw new Error(`watch: ${response.statusCode}, retry-after: ${response.headers['retry-after'] ?? 0}`);
    }
    let rest = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.startsWith('id: ')) seen(Number(line.slice(4)));
    });
    return () => response.destroy();
  }

  async #send(request: Buffer): Promise<string> {
    const client = this.#free() ?? (await KeepAliveClient.open(this.host));
    try {
      return await client.send(request);
    } finally {
      // A refusal has been read to its end too; one that broke is closed.
      this.#idle.push(client);
    }
  }

  #free(): KeepAliveClient | undefined {
    for (;;) {
      const client = this.#idle.pop();
      if (!client?.closed) return client;
    }
  }
}
