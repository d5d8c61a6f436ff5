import { hash } from 'node:crypto';
import { type Event, eventDigestInput } from '@agentfleet/contract';
import { isOvertaken, type ModelAttempt, type QueueModel } from './queue-model.js';
import { Enqueue } from './run-steps.js';
import { Claim } from './runner-steps.js';
import { same } from './same-runs.js';
import { type On, outcomeOf, Step } from './step.js';

const at = '2026-11-24T10:00:00.000Z';

export class Start extends Step {
  protected works = (model: Readonly<QueueModel>) => model.attempts.length > 0;
  protected async take(model: QueueModel, on: On) {
    await start(model, recent(model, this.picks), on);
  }
}

/** A run that is posted, claimed and started: where sessions are lost and come back there must be some. */
export class Begin extends Step {
  protected works = () => true;
  protected async take(model: QueueModel, on: On) {
    await new Enqueue(this.server, ...this.picks).take(model, on);
    for (const index of model.runners.keys()) await new Claim(this.server, index, 3, 1).take(model, on);
    const attempt = model.attempts.findLast(({ run }) => run.status === 'CLAIMED');
    if (attempt) await start(model, attempt, on);
  }
}

async function start(model: QueueModel, attempt: ModelAttempt, { queue, orgId }: On): Promise<void> {
  const { run, token } = attempt;
  const answer = await outcomeOf(queue.start(orgId, run.id, { token }));
  same(answer.refusal, model.start(attempt), 'a start');
}

export class Append extends Step {
  protected works = (model: Readonly<QueueModel>) => model.attempts.length > 0;
  protected async take(model: QueueModel, { log, orgId }: On) {
    const attempt = recent(model, this.picks);
    const { run, token } = attempt;
    const [, , shift = 0, count = 0, other = 0] = this.picks;
    const first = Math.max(1, run.log.length + 1 + ([0, 0, 0, -1, -2, 1][shift % 6] ?? 0));
    const differs = other % 5 === 4;
    const messages = Array.from({ length: 1 + (count % 3) }, (_item, index) => {
      const stored = run.log[first + index - 1];
      return stored !== undefined && !differs
        ? stored
        : `${token.slice(4, 12)} ${first + index}${differs ? '!' : ''}`;
    });
    const events = messages.map((message, index) => eventOf(first + index, message));
    const answer = await outcomeOf(log.append(orgId, run.id, { token, events }));
    same(answer.refusal, model.append(attempt, first, messages), 'an append');
    if (answer.value) same(answer.value.lastSeq, run.log.length, 'an append says');
  }
}

export class Finish extends Step {
  protected works = (model: Readonly<QueueModel>) => model.attempts.length > 0;
  protected async take(model: QueueModel, { queue, orgId }: On) {
    const attempt = recent(model, this.picks);
    const { run, token } = attempt;
    const [, , wrong = 0, how = 0] = this.picks;
    const status = (['SUCCEEDED', 'FAILED', 'CANCELLED'] as const)[how % 3] ?? 'SUCCEEDED';
    const lastSeq = Math.max(0, run.log.length + ([0, 0, 0, 0, 1, -1][wrong % 6] ?? 0));
    const isSumRight = wrong % 7 !== 6;
    const own = run.log.map((message, index) => eventOf(index + 1, message)).slice(attempt.firstSeq);
    const sum = own.reduce((total, event) => total + digestOf(event), 0);
    const session = how % 2 === 0 ? `session-${run.place}` : undefined;
    const answer = await outcomeOf(
      queue.finish(orgId, run.id, {
        token,
        status,
        failure: status === 'FAILED' ? { code: 'agent_error', message: 'no' } : null,
        agentSessionId: session ?? null,
        result: null,
        numTurns: null,
        costUsd: null,
        usage: null,
        finishedAt: at,
        lastSeq,
        logChecksum: isSumRight ? sum : sum + 1,
      }),
    );
    same(answer.refusal, model.finish(attempt, { status, lastSeq, isSumRight, session }), 'a finish');
  }
}

const eventOf = (seq: number, message: string): Event => ({
  seq,
  kind: 'assistant',
  message,
  data: null,
  at,
});
const digestOf = (event: Event) => hash('sha256', eventDigestInput(event), 'buffer').readInt32BE(0);

/** Mostly one of the newest attempts, now and then an overtaken one, or any there ever was. */
function recent({ attempts }: Readonly<QueueModel>, [which = 0, age = 0]: readonly number[]): ModelAttempt {
  const overtaken = age % 8 === 1 ? attempts.filter(isOvertaken) : [];
  const from = overtaken.length > 0 ? overtaken : age % 4 === 0 ? attempts : attempts.slice(-3);
  const attempt = from[which % from.length];
  if (!attempt) throw new Error('There is no attempt');
  return attempt;
}
