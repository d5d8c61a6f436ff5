import { type Handlers, orgOf } from '../handlers.js';
import { streamEvents, wantsStream } from './stream-events.js';

export const runHandlers: Pick<
  Handlers,
  'createRun' | 'listRuns' | 'getRun' | 'tailRun' | 'followUp' | 'cancelRun' | 'getQueue'
> = {
  createRun: ({ context, options, body, newId }) => options.queue.enqueue(orgOf(context), body, newId),
  listRuns: ({ context, options, query }) => options.queue.list(orgOf(context), query),
  async getRun({ context, options, params, query }) {
    const org = orgOf(context);
    const run = await options.queue.get(org, params.id);
    return {
      ...run,
      logs: query.logs === 0 ? [] : await options.eventLog.newest(org, params.id, query.logs),
    };
  },
  async tailRun(request) {
    if (wantsStream(request.context)) return streamEvents(request);
    const { context, options, params, query } = request;
    const { after, before, limit, wait } = query;
    const org = orgOf(context);
    if (before !== undefined) return { data: await options.eventLog.newest(org, params.id, limit, before) };
    const page = { after, limit, waitMs: wait * 1_000, signal: options.openAnswers.hold(context) };
    return { data: await options.eventLog.read(org, params.id, page) };
  },
  followUp: ({ context, options, params, body, newId }) =>
    options.queue.followUp(orgOf(context), params.id, body, newId),
  cancelRun: ({ context, options, params }) => options.queue.cancel(orgOf(context), params.id),
  getQueue: ({ context, options }) => options.queue.overview(orgOf(context)),
};
