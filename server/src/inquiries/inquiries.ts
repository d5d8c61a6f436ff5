import { randomUUID } from 'node:crypto';
import type { AnswerInquiry, AskedInquiry, Inquiry, InquiryAnswer } from '@agentfleet/contract';
import type { Database } from '../db/database.js';
import { ApiError, notFound, rateLimited } from '../errors.js';
import { Desk } from './desk.js';
import { Gossip } from './gossip.js';

/** Most inquiries that one runner has open at a time, and all runners together. */
const mostOfRunner = 16;
const most = 2_000;

/** What a runner is to be asked, for whoever answers its claim. */
export interface ForRunner {
  /** @returns a function that stops listening */
  listen(ring: () => void): () => void;
  /** What is to be asked now. */
  take(): Inquiry[];
}

interface Waiting {
  runner: string;
  resolve: (answer: InquiryAnswer) => void;
  reject: (error: ApiError) => void;
}

/** Two orgs have no runner in common, whatever an id says. */
const nameOf = (orgId: string, runnerId: string) => `${orgId}/${runnerId}`;

const tooOld = () =>
  new ApiError(
    'RUNNER_TOO_OLD',
    'The runner is of a version that cannot be asked this. Update it, and start it again',
  );

/**
 * Asks runners something and waits for what they say. Nothing is stored. The claim of a runner may wait at any server of
 * the database, and its answer may reach any other: whoever asks tells all of them, each keeps the inquiry for as long
 * as somebody may wait and gives it to the runner where that turns up, and what the runner says is passed on. What is
 * lost on the way is given again after a moment; in the end it is RUNNER_SILENT.
 */
export class Inquiries {
  readonly #database: Database;
  readonly #limitMs: number;
  readonly #desk: Desk;
  readonly #gossip: Gossip;
  readonly #waiting = new Map<string, Waiting>();

  /** @param limitMs how long a runner may take to answer */
  constructor(database: Database, limitMs: number) {
    this.#database = database;
    this.#limitMs = limitMs;
    this.#desk = new Desk(limitMs, mostOfRunner);
    this.#gossip = new Gossip(database.wakeups, {
      asked: (runner, inquiry) => void this.#desk.add(runner, inquiry),
      unable: (runner, id) => this.#unable(runner, id),
      answered: (runner, id, answer) => this.#answered(runner, id, answer),
    });
  }

  /**
   * Asks a runner that is online. Throws RUNNER_TOO_OLD as soon as the runner turns up and does not know what is asked,
   * RUNNER_SILENT after a while, RATE_LIMITED where it has been asked too much, UNAVAILABLE when the server closes.
   * @param left aborts when the caller has left: throws its reason
   */
  async ask(
    orgId: string,
    runnerId: string,
    asked: AskedInquiry,
    left?: AbortSignal,
  ): Promise<InquiryAnswer> {
    const runner = nameOf(orgId, runnerId);
    const inquiry: Inquiry = { id: randomUUID(), ...asked };
    if (this.#waiting.size >= most || !this.#desk.add(runner, inquiry)) {
      throw rateLimited('The runner is being asked too much at once', 1_000);
    }
    this.#gossip.sayAsked(runner, inquiry);
    let timer: NodeJS.Timeout | undefined;
    let leave: (() => void) | undefined;
    try {
      return await new Promise((resolve, reject) => {
        leave = () => reject(left?.reason);
        left?.addEventListener('abort', leave);
        this.#waiting.set(inquiry.id, { runner, resolve, reject });
        const silent = () =>
          reject(new ApiError('RUNNER_SILENT', 'The runner did not answer in time. Try again'));
        timer = setTimeout(silent, this.#limitMs);
      });
    } finally {
      clearTimeout(timer);
      if (leave) left?.removeEventListener('abort', leave);
      this.#waiting.delete(inquiry.id);
      this.#desk.remove(runner, inquiry.id);
    }
  }

  /** @param answers the kinds that the runner answers, as its header says */
  forRunner(orgId: string, runnerId: string, answers: string): ForRunner {
    const runner = nameOf(orgId, runnerId);
    const known = answers.split(',').map((kind) => kind.trim());
    return {
      listen: (ring) => this.#desk.listen(runner, ring),
      take: () =>
        this.#desk.take(runner).filter(({ id, kind }) => {
          if (known.includes(kind)) return true;
          this.#unable(runner, id);
          this.#gossip.sayUnable(runner, id);
          return false;
        }),
    };
  }

  /** Takes what a runner says. Of no effect where nobody waits for it any more. Throws NOT_FOUND for a runner that the org does not have. */
  async answer(orgId: string, runnerId: string, { id, answer }: AnswerInquiry): Promise<void> {
    const runner = nameOf(orgId, runnerId);
    if (this.#answered(runner, id, answer)) return;
    const where = { id: runnerId, orgId, deletedAt: null };
    if ((await this.#database.prisma.runner.count({ where })) === 0) throw notFound('runner');
    this.#gossip.sayAnswered(runner, id, answer);
  }

  close(): void {
    this.#gossip.stop();
    this.#desk.close();
    const closing = new ApiError('UNAVAILABLE', 'The server is shutting down', undefined, 1);
    for (const { reject } of this.#waiting.values()) reject(closing);
  }

  #answered(runner: string, id: string, answer: InquiryAnswer): boolean {
    this.#desk.remove(runner, id);
    const waiting = this.#waitingFor(runner, id);
    waiting?.resolve(answer);
    return waiting !== undefined;
  }

  #unable(runner: string, id: string): void {
    this.#desk.remove(runner, id);
    this.#waitingFor(runner, id)?.reject(tooOld());
  }

  #waitingFor(runner: string, id: string): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    return waiting?.runner === runner ? waiting : undefined;
  }
}
