import * as z from 'zod';
import { ApprovalId, RunId, RunnerId } from './ids.js';
import { queryInt } from './lists.js';

/** Most ids that one message of the stream tells of, whatever their kinds; when there are more it says `everything`. */
export const maxChanges = 500;

/** What has changed in an org, by id: whoever shows one of them reads it again. A kind without a change is left out. */
export const Changes = z
  .strictObject({
    runs: z.array(RunId).optional().meta({
      description:
        'Runs that are new, deleted (reading answers 404) or not as they were: status, figures, approvals that wait',
    }),
    logs: z.array(RunId).optional().meta({
      description: 'Runs of which only the log has grown, told every two seconds at most',
    }),
    approvals: z.array(ApprovalId).optional().meta({
      description: 'Approvals that were asked for or closed. Those that end with their run are told by it',
    }),
    runners: z.array(RunnerId).optional().meta({
      description:
        'Runners that are new, forgotten or not as they were: state, what they offer, how many run',
    }),
  })
  .meta({ id: 'Changes', description: 'What has changed in an org' });
export type Changes = z.infer<typeof Changes>;

export const ChangesQuery = z.strictObject({
  past: queryInt(0, 60_000).default(0).meta({
    description:
      'Without Last-Event-ID: also what changed in so many milliseconds before, 0 to 60000 (default 0), for who has read what it shows just before',
  }),
});
