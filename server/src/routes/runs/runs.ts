import { type Handlers, orgOf } from '../handlers.js';
import { streamEvents, wantsStream } from './stream-events.js';

export const runHandlers: Pick<
  Handlers,
  'createRun' | 'listRuns' | 'getRun' | 'tailRun' | 'getEventImage' | 'followUp' | 'cancelRun' | 'getQueue'
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
    const { after, before, limit, tools, wait } = query;
    const org = orgOf(context);
    if (tools) {
      const page = before === undefined ? { limit, after } : { limit, before };
      return { data: await options.eventLog.ofTools(org, params.id, tools, page) };
    }
    if (before !== undefined) return { data: await options.eventLog.newest(org, params.id, limit, before) };
    const page = { after, limit, waitMs: wait * 1_000, signal: options.openAnswers.hold(context) };
    return { data: await options.eventLog.read(org, params.id, page) };
  },
  async getEventImage({ context, options, params }) {
    const { type, bytes } = await options.eventLog.image(orgOf(context), params.id, params.seq, params.index);
    context.type = type;
    // Whatever a browser takes it for, it runs nothing; and what a log holds never changes.
    context.set('Content-Security-Policy', "default-src 'none'; sandbox");
    context.set('Cross-Origin-Resource-Policy', 'same-origin');
    context.set('Content-Disposition', 'inline');
    context.set('Cache-Control', 'private, max-age=31536000, immutable');
    return bytes;
  },
  followUp: ({ context, options, params, body, newId }) =>
    options.queue.followUp(orgOf(context), params.id, body, newId),
  cancelRun: ({ context, options, params }) => options.queue.cancel(orgOf(context), params.id),
  getQueue: ({ context, options }) => options.queue.overview(orgOf(context)),
};
