import * as z from 'zod';
import { Cwd } from './runs.js';
import { storableText } from './text.js';

/**
 * What the server asks a runner because somebody waits for the answer, as for the folders that are there. An inquiry
 * lives for seconds and nothing of it is kept: it is given with the answer to a claim or a heartbeat, and what the
 * runner says to it comes on a route of its own.
 */

/** The kinds of this version. A runner names those that it answers in the header AgentFleet-Answers. */
export const inquiryKinds = ['folders'] as const;

export const Inquiry = z
  .discriminatedUnion('kind', [
    z.strictObject({
      id: z.uuid(),
      kind: z.literal('folders'),
      path: Cwd.nullable().meta({ description: 'The folder to look into; null: those of the allowlist' }),
      hidden: z.boolean().meta({ description: 'Whether those are named too whose names begin with a dot' }),
    }),
  ])
  .meta({ id: 'Inquiry', description: 'What somebody wants to know of a runner just now' });
export type Inquiry = z.infer<typeof Inquiry>;

/** An inquiry without its id: what is asked. */
type Unnamed<Kind> = Kind extends Inquiry ? Omit<Kind, 'id'> : never;
export type AskedInquiry = Unnamed<Inquiry>;

/** Most folders of one answer. */
export const mostFolders = 500;

/** Whether it looks like the root of a working copy: the runner looks for `.git` there and reads nothing. */
const isRepository = z.boolean().meta({ description: 'Whether it holds a `.git`' });

export const InquiryAnswer = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('folders'),
      path: Cwd.nullable().meta({ description: 'The folder whose folders these are; null: the allowlist' }),
      parent: Cwd.nullable().meta({ description: 'The one above it; null where the allowlist ends' }),
      folders: z
        .array(z.strictObject({ name: storableText(4_096).min(1), isRepository }))
        .max(mostFolders)
        .meta({ description: 'By name; of the allowlist by whole paths' }),
      truncated: z.boolean().meta({ description: 'There are more' }),
    }),
    z.strictObject({
      kind: z.literal('refused'),
      code: z.enum(['not_allowed', 'not_found', 'unreadable']),
      message: storableText(4_000),
    }),
  ])
  .meta({ id: 'InquiryAnswer' });
export type InquiryAnswer = z.infer<typeof InquiryAnswer>;

export const AnswerInquiry = z
  .strictObject({ id: z.uuid(), answer: InquiryAnswer })
  .meta({ id: 'AnswerInquiry' });
export type AnswerInquiry = z.infer<typeof AnswerInquiry>;

export const FoldersQuery = z.strictObject({
  path: Cwd.optional().meta({
    description: 'The folder to look into, as an absolute path; without it the folders of the allowlist',
  }),
  hidden: z.enum(['true', 'false']).default('false').meta({
    description: 'true: name those too whose names begin with a dot',
  }),
});

export const Folder = z
  .strictObject({ path: z.string(), name: z.string(), isRepository })
  .meta({ id: 'Folder', description: 'A folder on a runner in which a session may work' });
export type Folder = z.infer<typeof Folder>;

export const Folders = z
  .strictObject({
    path: z.string().nullable().meta({ description: 'The folder that was looked into; null: the allowlist' }),
    parent: z.string().nullable().meta({
      description: 'The folder above it; null where the allowlist ends, and of the allowlist itself',
    }),
    data: z.array(Folder).meta({ description: `Folders in it, by name, ${mostFolders} at most` }),
    truncated: z.boolean().meta({ description: 'There are more than `data` has' }),
  })
  .meta({ id: 'Folders', description: 'What folders are there on a runner, as it found them just now' });
export type Folders = z.infer<typeof Folders>;
