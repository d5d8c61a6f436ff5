import { RunsQuery } from '@agentfleet/contract';
import { type Handlers, orgOf } from '../handlers.js';

export const runnerHandlers: Pick<
  Handlers,
  'listRunners' | 'getRunner' | 'deleteRunner' | 'pauseRunner' | 'resumeRunner'
> = {
  listRunners: async ({ context, options }) => ({ data: await options.queue.runners(orgOf(context)) }),
  async getRunner({ context, options, params }) {
    const runner = await options.queue.runner(orgOf(context), params.id);
    const query = RunsQuery.parse({ runnerId: params.id, limit: '50' });
    return { ...runner, sessions: (await options.queue.list(orgOf(context), query)).data };
  },
  deleteRunner: ({ context, options, params }) => options.queue.removeRunner(orgOf(context), params.id),
  pauseRunner: ({ context, options, params, body }) => options.queue.pause(orgOf(context), params.id, body),
  resumeRunner: ({ context, options, params }) => options.queue.resume(orgOf(context), params.id),
};
