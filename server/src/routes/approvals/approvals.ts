import { actorOf, callerOf, orgOf } from '../../http/caller-of.js';
import type { Handlers } from '../handler.js';

export const approvalHandlers: Pick<Handlers, 'listApprovals' | 'getApproval' | 'decideApproval'> = {
  listApprovals: ({ context, options, query }) =>
    options.approvals.list(orgOf(context), query, callerOf(context).onlyRunner, context.state.left),
  getApproval: ({ context, options, params }) => options.approvals.get(orgOf(context), params.id),
  decideApproval: ({ context, options, params, body }) =>
    options.approvals.decide(orgOf(context), params.id, body, actorOf(context)),
};
