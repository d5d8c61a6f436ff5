import type { Event } from '@agentfleet/contract';
import { limitedOrgOf } from '../../auth/authenticator.js';
import { actorOf, callerOf, orgOf } from '../../http/caller-of.js';
import type { Context } from '../../http/context.js';
import type { Launcher } from '../../queue/sql/insert-run.js';
import type { Handlers } from '../handler.js';
import { streamEvents, wantsStream } from './stream-events.js';

export const runHandlers: Pick<
  Handlers,
  | 'createRun'
  | 'listRuns'
  | 'getRun'
  | 'tailRun'
  | 'getEventImage'
  | 'followUp'
  | 'updateRun'
  | 'cancelRun'
  | 'deleteRun'
  | 'getQueue'
> = {
  async createRun({ context, options, body, newId }) {
    await options.authenticator.orgShares.countQueued(limitedOrgOf(callerOf(context)));
    return options.queue.enqueue(orgOf(context), body, newId, launcherOf(context));
  },
  async listRuns({ context, options, query }) {
    const { onlyRunner = query.runnerId } = callerOf(context);
    if (onlyRunner !== (query.runnerId ?? onlyRunner)) return { data: [], nextCursor: null };
    return options.queue.list(
      orgOf(context),
      onlyRunner === undefined ? query : { ...query, runnerId: onlyRunner },
      context.state.left,
    );
  },
  async getRun({ context, options, params, query }) {
    const org = orgOf(context);
    const run = await options.queue.get(org, params.id);
    const logs = query.logs === 0 ? [] : await options.eventLog.newest(org, params.id, query.logs);
    const before = logs[0]?.seq ?? Number.MAX_SAFE_INTEGER;
    return { ...run, logs, logsTruncated: await options.eventLog.reaches(params.id, { before }) };
  },
  async tailRun(request) {
    if (wantsStream(request.context)) return streamEvents(request);
    const { context, options, params, query } = request;
    const { after, before, limit, tools, wait } = query;
    const org = orgOf(context);
    const { eventLog } = options;
    if (tools) {
      const page = before === undefined ? { limit, after } : { limit, before };
      const { left } = context.state;
      const data = await eventLog.ofTools(org, params.id, tools, page, left);
      const beyond = beyondOf(data, before !== undefined);
      const rest = beyond ? await eventLog.ofTools(org, params.id, tools, { limit: 1, ...beyond }, left) : [];
      return { data, hasMore: rest.length > 0 };
    }
    const page = { after, limit, waitMs: wait * 1_000, signal: options.openAnswers.hold(context) };
    const data =
      before === undefined
        ? await eventLog.read(org, params.id, page)
        : await eventLog.newest(org, params.id, limit, before);
    const beyond = beyondOf(data, before !== undefined);
    return { data, hasMore: beyond !== undefined && (await eventLog.reaches(params.id, beyond)) };
  },
  async getEventImage({ context, options, params }) {
    const { type, bytes } = await options.eventLog.image(orgOf(context), params.id, params.seq, params.index);
    context.type = type;
    // Whatever a browser takes it for, it runs nothing.
    context.set('Content-Security-Policy', "default-src 'none'; sandbox");
    context.set('Cross-Origin-Resource-Policy', 'same-origin');
    context.set('Content-Disposition', 'inline');
    return bytes;
  },
  async followUp({ context, options, params, body, newId }) {
    await options.authenticator.orgShares.countQueued(limitedOrgOf(callerOf(context)));
    return options.queue.followUp(orgOf(context), params.id, body, newId, launcherOf(context));
  },
  updateRun: ({ context, options, params, body }) =>
    options.queue.update(orgOf(context), params.id, body, actorOf(context)),
  cancelRun: ({ context, options, params }) =>
    options.queue.cancel(orgOf(context), params.id, actorOf(context)),
  deleteRun: ({ context, options, params, query }) =>
    options.queue.delete(orgOf(context), params.id, query.cancel === 'true', actorOf(context)),
  getQueue: ({ context, options }) => options.queue.overview(orgOf(context), context.state.left),
};

/** Where a page of a log would go on; undefined for an empty one, which is the end. */
function beyondOf(page: Event[], backwards: boolean): { after: number } | { before: number } | undefined {
  const edge = page.at(backwards ? 0 : -1);
  return edge && (backwards ? { before: edge.seq } : { after: edge.seq });
}

function launcherOf(context: Context): Launcher {
  const { id, limits } = callerOf(context).key;
  return { keyId: id, mostQueued: limits.queuedRuns, by: actorOf(context) };
}
