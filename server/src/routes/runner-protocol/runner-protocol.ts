import { EnrolmentSecret, headers } from '@agentfleet/contract';
import { limitedOrgOf } from '../../auth/authenticator.js';
import { checkEnrolment, checkLimits, settleEnrolment } from '../../auth/enrolment.js';
import { runnerOf } from '../../auth/runner-keys.js';
import { ApiError } from '../../errors.js';
import type { AppOptions } from '../../http/app-options.js';
import { actorOf, callerOf, orgOf } from '../../http/caller-of.js';
import type { Context } from '../../http/context.js';
import type { Handlers } from '../handler.js';

export const protocolHandlers: Pick<
  Handlers,
  | 'registerRunner'
  | 'heartbeat'
  | 'claim'
  | 'answerInquiry'
  | 'pauseOwn'
  | 'startRun'
  | 'appendEvents'
  | 'requestApproval'
  | 'sendPartial'
  | 'finishRun'
> = {
  async registerRunner({ context, options, body }) {
    const caller = callerOf(context);
    const instance = context.get(headers.runnerInstance);
    const enrolment = { caller, request: body, secret: secretOf(context), instance, by: actorOf(context) };
    checkEnrolment(enrolment);
    const { runnerId, id: keyId } = caller.key;
    const registered =
      runnerId === null
        ? await options.queue.register(caller.org.id, body, (tx, id) => settleEnrolment(tx, id, enrolment))
        : await options.queue.registerAgain(caller.org.id, body, { runnerId, keyId, instance });
    // The caller is remembered for a second.
    caller.runnerInstance = instance;
    // From now on an API key is not this runner any more.
    if (registered.credential !== undefined) options.database.wakeups.wake('keys');
    return registered;
  },

  async heartbeat({ context, options, params, body }) {
    const told = await asRunner(context, options, params.id);
    const answer = await options.queue.heartbeat(orgOf(context), params.id, body);
    const inquiries = askedOf(context, options, params.id).take();
    return { ...answer, ...told, ...(inquiries.length > 0 && { inquiries }) };
  },

  async claim({ context, options, params, body }) {
    const told = await asRunner(context, options, params.id);
    if (body.facts) checkLimits(callerOf(context).key.enrolment, body.facts);
    // What is to be told is not kept waiting.
    const request = told.credentialConflictAt === undefined ? body : { ...body, waitSec: 0 };
    const signal = options.openAnswers.hold(context);
    const asked = askedOf(context, options, params.id);
    return { ...(await options.queue.claim(orgOf(context), params.id, request, signal, asked)), ...told };
  },

  async answerInquiry({ context, options, params, body }) {
    await asRunner(context, options, params.id);
    await options.inquiries.answer(orgOf(context), params.id, body);
    return {};
  },

  async pauseOwn({ context, options, params, body }) {
    await asRunner(context, options, params.id);
    return options.queue.pauseOwn(orgOf(context), params.id, body);
  },

  startRun: async ({ context, options, params, body }) =>
    options.queue.start(orgOf(context), params.id, body, byRunner(context)),

  async appendEvents({ context, options, params, body }) {
    const { orgShares } = options.authenticator;
    await orgShares.countAppended(limitedOrgOf(callerOf(context)), context.state.bodyBytes ?? 0);
    const answer = await options.eventLog.append(orgOf(context), params.id, body, byRunner(context));
    options.metrics.events.inc(body.events.length);
    return answer;
  },

  requestApproval: async ({ context, options, params, body }) =>
    options.approvals.request(orgOf(context), params.id, body, byRunner(context)),

  sendPartial: async ({ context, options, params, body }) =>
    options.partials.take(orgOf(context), params.id, body, byRunner(context)),

  finishRun: async ({ context, options, params, body }) =>
    options.queue.finish(orgOf(context), params.id, body, byRunner(context)),
};

const byRunner = (context: Context) => runnerOf(callerOf(context));

const askedOf = (context: Context, { inquiries }: AppOptions, runnerId: string) =>
  inquiries.forRunner(orgOf(context), runnerId, context.get(headers.answers));

/** Lets the caller be this runner, or throws. @returns what it is told beside the answer */
async function asRunner(context: Context, { runnerKeys }: AppOptions, runnerId: string) {
  const caller = callerOf(context);
  await runnerKeys.admit(caller, runnerId);
  const credentialConflictAt = await runnerKeys.conflictOf(caller, context.get(headers.runnerInstance));
  return credentialConflictAt === undefined ? {} : { credentialConflictAt };
}

/** Of a runner that enrols. */
function secretOf(context: Context): string | undefined {
  const given = context.get(headers.enrolment);
  if (given === '') return undefined;
  const secret = EnrolmentSecret.safeParse(given);
  if (secret.success) return secret.data;
  throw new ApiError('VALIDATION_FAILED', `${headers.enrolment}: ${secret.error.issues[0]?.message}`);
}
