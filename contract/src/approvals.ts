import * as z from 'zod';
import { HiddenCharacter } from './hidden-characters.js';
import { ApprovalId, RunId } from './ids.js';
import { PageQuery } from './lists.js';
import { approvalStates } from './plain/run-words.js';
import { JsonObject, storableText, Timestamp } from './text.js';

/** How long a tool permission waits for a person where the run does not say, s. */
export const defaultApprovalSec = 600;

export const ApprovalState = z.enum(approvalStates);
export type ApprovalState = z.infer<typeof ApprovalState>;

/** Longest reason of a denial, and longest answer to one question, in characters. */
const maxWords = 4_000;

/** What a person said to an approval, as its runner is told. */
export const decisionFields = {
  decision: z.enum(['allow', 'deny']),
  forSession: z.boolean().optional().meta({
    description:
      'With allow: also what `sessionGrant` of the approval names, until the session ends. Without one it is the same as once',
  }),
  reason: storableText(maxWords).trim().min(1).optional().meta({
    description: 'With deny: what Claude is told, so that it can go on in another way',
  }),
  answers: z.record(storableText(maxWords), storableText(maxWords)).optional().meta({
    description:
      'With allow, for the tool AskUserQuestion: the answer to each question, by the question’s own text',
  }),
};

export const DecideApproval = z
  .strictObject({
    ...decisionFields,
    reason: decisionFields.reason.nullable(),
    answers: decisionFields.answers.nullable(),
  })
  .refine(({ decision, reason }) => decision === 'deny' || !reason, {
    error: 'is for a denial',
    path: ['reason'],
  })
  .refine(({ decision, forSession, answers }) => decision === 'allow' || !(forSession || answers), {
    error: 'deny takes neither forSession nor answers',
    path: ['decision'],
  })
  .meta({ id: 'DecideApproval' });
export type DecideApproval = z.infer<typeof DecideApproval>;

/** What the session asks, in the words of its agent. */
export const askedTool = {
  tool: storableText(200).min(1).meta({ description: 'e.g. Bash' }),
  message: storableText(4_000).meta({
    description: 'The use of the tool as one readable line, e.g. Bash npm test',
  }),
  input: JsonObject.meta({
    description: 'What the tool is to be called with; `truncated` in it says what was cut',
  }),
  toolUseId: storableText(200).nullable().meta({
    description: 'The `id` in the data of the log’s tool_use event that waits for it',
  }),
  sessionGrant: storableText(4_000).nullable().meta({
    description:
      'What allowing it for the session allows besides, e.g. Bash(npm test); null where it cannot be',
  }),
};

export const Approval = z
  .strictObject({
    id: ApprovalId,
    runId: RunId,
    state: ApprovalState,
    ...askedTool,
    hidden: z.array(HiddenCharacter).optional().meta({
      description:
        'Invisible and bidirectional characters in what is asked, the first 100: what a client shows is then not what it reads as. Rows whose input was cut do not say, nor do older servers',
    }),
    requestedAt: Timestamp,
    expiresAt: Timestamp.meta({ description: 'When it is denied because nobody answered' }),
    decidedAt: Timestamp.nullable(),
    decidedBy: z.string().nullable().meta({ description: 'The name of the key that allowed or denied it' }),
    forSession: z.boolean(),
    reason: z.string().nullable(),
    answers: z.record(z.string(), z.string()).nullable(),
  })
  .meta({ id: 'Approval', description: 'A tool permission that a session asked for' });
export type Approval = z.infer<typeof Approval>;

/** An approval as lists have it: light, however much it asks for. */
export const ApprovalRow = Approval.extend({
  input: JsonObject.meta({
    description:
      'What the tool is to be called with. Of a large one the beginning of its texts and what else is small; `truncated` in it then has the bytes of the whole under an empty name',
  }),
  answers: Approval.shape.answers.meta({ description: 'Null also where they are long' }),
  truncated: z.boolean().meta({
    description: 'Whether something of it is cut. Read GET /approvals/:id before you decide about it',
  }),
}).meta({ id: 'ApprovalRow', description: 'A tool permission in a list' });
export type ApprovalRow = z.infer<typeof ApprovalRow>;

export const ApprovalsQuery = PageQuery.extend({
  state: ApprovalState.optional(),
  runId: RunId.optional(),
});
export type ApprovalsQuery = z.infer<typeof ApprovalsQuery>;
