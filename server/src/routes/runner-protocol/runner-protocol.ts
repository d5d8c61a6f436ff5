import { type Handlers, orgOf } from '../handlers.js';

export const protocolHandlers: Pick<
  Handlers,
  | 'registerRunner'
  | 'heartbeat'
  | 'claim'
  | 'startRun'
  | 'appendEvents'
  | 'requestApproval'
  | 'sendPartial'
  | 'finishRun'
> = {
  registerRunner: ({ context, options, body }) => options.queue.register(orgOf(context), body),
  heartbeat: ({ context, options, params, body }) => options.queue.heartbeat(orgOf(context), params.id, body),
  claim: ({ context, options, params, body }) =>
    options.queue.claim(orgOf(context), params.id, body, options.openAnswers.hold(context)),
  startRun: ({ context, options, params, body }) => options.queue.start(orgOf(context), params.id, body),
  async appendEvents({ context, options, params, body }) {
    const answer = await options.eventLog.append(orgOf(context), params.id, body);
    options.metrics.events.inc(body.events.length);
    return answer;
  },
  requestApproval: ({ context, options, params, body }) =>
    options.approvals.request(orgOf(context), params.id, body),
  sendPartial: ({ context, options, params, body }) => options.partials.take(orgOf(context), params.id, body),
  finishRun: ({ context, options, params, body }) => options.queue.finish(orgOf(context), params.id, body),
};
