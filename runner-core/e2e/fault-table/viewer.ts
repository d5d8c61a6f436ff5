import { type IncomingMessage, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Answers } from './answers.js';

/** How long a stream that says nothing is believed to live, ms: servers say something every 15 s, and sessions here every half second. */
const silentMs = 5_000;

/** Somebody who watches a session and comes back, as browsers do, with the last seq that they saw. */
export class Viewer {
  /** seq of the newest event that came. */
  last = 0;
  /** What came twice or before its turn. */
  readonly wrong: string[] = [];
  #over = false;
  #answer: IncomingMessage | undefined;

  constructor(
    private readonly url: string,
    private readonly key: string,
    readonly runId: string,
    private readonly answers: Answers,
  ) {
    void this.#watch();
  }

  stop(): void {
    this.#over = true;
    this.#answer?.destroy();
  }

  async #watch(): Promise<void> {
    while (!this.#over) {
      await this.#follow().catch(() => undefined);
      // Out of step, as browsers are.
      await delay(200 + Math.random() * 600);
    }
  }

  #follow(): Promise<void> {
    return new Promise((resolve, reject) => {
      const asked = request(`${this.url}/api/v1/runs/${this.runId}/events`, {
        headers: {
          ...{ authorization: `Bearer ${this.key}`, accept: 'text/event-stream' },
          ...(this.last > 0 && { 'last-event-id': String(this.last) }),
        },
        timeout: silentMs,
        agent: false,
      });
      asked.on('timeout', () => asked.destroy(new Error('silent')));
      asked.on('error', reject);
      asked.on('response', (answer) => {
        this.#answer = answer;
        this.answers.count('view', answer.statusCode ?? 0);
        let rest = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          if (answer.statusCode !== 200) return;
          const lines = (rest + chunk).split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines) if (line.startsWith('id: ')) this.#saw(Number(line.slice(4)));
        });
        answer.on('error', reject).on('close', resolve);
      });
      asked.end();
    });
  }

  #saw(seq: number): void {
    if (seq !== this.last + 1) this.wrong.push(`${this.runId}: ${seq} after ${this.last}`);
    this.last = Math.max(this.last, seq);
  }
}
