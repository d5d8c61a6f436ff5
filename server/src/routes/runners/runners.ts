import { RunsQuery } from '@agentfleet/contract';
import { revokeCredential } from '../../auth/enrolment.js';
import { closeWindow } from '../../auth/windows.js';
import { ApiError } from '../../errors.js';
import { actorOf, callerOf, orgOf } from '../../http/caller-of.js';
import { presentFolders } from '../../inquiries/folders.js';
import type { Handlers } from '../handler.js';

export const runnerHandlers: Pick<
  Handlers,
  | 'listRunners'
  | 'getRunner'
  | 'listFolders'
  | 'deleteRunner'
  | 'pauseRunner'
  | 'resumeRunner'
  | 'revokeRunnerCredential'
> = {
  async listRunners({ context, options, query }) {
    const { onlyRunner } = callerOf(context);
    const { left } = context.state;
    if (onlyRunner === undefined) return options.queue.runners(orgOf(context), query, left);
    return { data: [await options.queue.runner(orgOf(context), onlyRunner, left)], nextCursor: null };
  },
  async getRunner({ context, options, params }) {
    const { left } = context.state;
    const runner = await options.queue.runner(orgOf(context), params.id, left);
    const query = RunsQuery.parse({ runnerId: params.id, limit: '50' });
    return { ...runner, sessions: (await options.queue.list(orgOf(context), query, left)).data };
  },
  async listFolders({ context, options, params, query }) {
    const { left } = context.state;
    const { online, name } = await options.queue.runner(orgOf(context), params.id, left);
    if (!online) throw new ApiError('RUNNER_OFFLINE', `${name} is offline: nobody can say what is there`);
    const { path = null, hidden } = query;
    const asked = { kind: 'folders', path, hidden: hidden === 'true' } as const;
    return presentFolders(await options.inquiries.ask(orgOf(context), params.id, asked, left));
  },
  async deleteRunner({ context, options, params }) {
    const runner = await options.queue.removeRunner(orgOf(context), params.id, actorOf(context));
    await revokeCredential(options.database, orgOf(context), params.id, actorOf(context));
    await closeWindow(options.database, orgOf(context), params.id);
    return { ...runner, credential: null };
  },
  pauseRunner: ({ context, options, params, body }) =>
    options.queue.pause(orgOf(context), params.id, body, actorOf(context)),
  async revokeRunnerCredential({ context, options, params }) {
    await revokeCredential(options.database, orgOf(context), params.id, actorOf(context));
    return options.queue.runner(orgOf(context), params.id);
  },
  resumeRunner: ({ context, options, params }) =>
    options.queue.resume(orgOf(context), params.id, actorOf(context)),
};
