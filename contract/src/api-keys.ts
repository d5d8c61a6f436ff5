import * as z from 'zod';
import { ApiKeyId, RunnerId } from './ids.js';
import { Cwd } from './runs.js';
import { Scope } from './scopes.js';
import { Instant, storableText, Timestamp } from './text.js';

/** What a key lets enrol. One with limits does nothing of the runner protocol but that. */
const limits = {
  uses: z.int().min(1).max(1_000_000).meta({ description: 'How many enrolments it is good for' }),
  directories: z
    .array(Cwd)
    .min(1)
    .max(200)
    .meta({ description: 'What runners may offer: these directories and what is below them' }),
  namePrefix: storableText(100)
    .overwrite((text) => text.trimStart())
    .min(1)
    .meta({ description: 'How the names of runners must begin' }),
};

export const EnrolmentLimits = z
  .strictObject({
    uses: limits.uses.nullable(),
    used: z.int().nonnegative(),
    directories: limits.directories.nullable(),
    namePrefix: limits.namePrefix.nullable(),
  })
  .meta({ id: 'EnrolmentLimits', description: 'Null is no limit' });
export type EnrolmentLimits = z.infer<typeof EnrolmentLimits>;

const SetEnrolmentLimits = z
  .strictObject({
    uses: limits.uses.nullish(),
    directories: limits.directories.nullish(),
    namePrefix: limits.namePrefix.nullish(),
  })
  .refine((set) => Object.values(set).some((limit) => limit !== undefined && limit !== null), {
    error: 'needs one of uses, directories, namePrefix',
  })
  .meta({ id: 'SetEnrolmentLimits' });

const Limit = z.int().min(1).max(1_000_000);
const keyLimits = {
  requestsPerMinute: Limit.meta({
    description:
      'Requests in a minute, of browsers that signed in with it too; counted by each server for itself',
  }),
  queuedRuns: Limit.meta({
    description: 'Runs that it launched and that are QUEUED; counted over all servers',
  }),
  openStreams: Limit.meta({
    description: 'Streams of events open at once; counted by each server for itself',
  }),
};

export const KeyLimits = z
  .strictObject({
    requestsPerMinute: keyLimits.requestsPerMinute.nullable(),
    queuedRuns: keyLimits.queuedRuns.nullable(),
    openStreams: keyLimits.openStreams.nullable(),
  })
  .meta({
    id: 'KeyLimits',
    description:
      'How much a key may ask for; null is no limit. What is beyond one is refused with RATE_LIMITED',
  });
export type KeyLimits = z.infer<typeof KeyLimits>;

const SetKeyLimits = z
  .strictObject({
    requestsPerMinute: keyLimits.requestsPerMinute.nullish(),
    queuedRuns: keyLimits.queuedRuns.nullish(),
    openStreams: keyLimits.openStreams.nullish(),
  })
  .meta({ id: 'SetKeyLimits', description: 'No limit, where one is left out or null' });

export const ApiKey = z
  .strictObject({
    id: ApiKeyId,
    name: z.string(),
    scopes: z.array(Scope),
    prefix: z.string().meta({ description: 'The visible beginning of the key, e.g. af_live_AbC1' }),
    lastFour: z.string(),
    createdAt: Timestamp,
    expiresAt: Timestamp.nullable(),
    lastUsedAt: Timestamp.nullable().meta({ description: 'Accurate to a minute' }),
    revokedAt: Timestamp.nullable(),
    limits: KeyLimits.optional().meta({ description: 'Older servers leave it out' }),
    enrolment: EnrolmentLimits.nullable().optional().meta({
      description: 'Null for a key without limits; older servers leave it out',
    }),
    runnerId: RunnerId.nullable().optional().meta({
      description: 'Of a runner’s own credential, as GET /me shows it: the only runner that it speaks for',
    }),
    windowOf: RunnerId.nullable().optional().meta({
      description:
        'Of the window of a computer: its runner, whose sessions it may see, answer and cancel whatever its scopes. Older servers leave it out',
    }),
  })
  .meta({ id: 'ApiKey' });
export type ApiKey = z.infer<typeof ApiKey>;

export const CreateApiKey = z
  .strictObject({
    name: storableText(100).trim().min(1),
    scopes: z
      .array(Scope)
      .min(1)
      .refine((scopes) => new Set(scopes).size === scopes.length, { error: 'must not repeat a scope' }),
    expiresAt: Instant.nullish().meta({ description: 'Never, where it is left out or null' }),
    limits: SetKeyLimits.nullish().meta({ description: 'None, where it is left out or null' }),
    enrolment: SetEnrolmentLimits.nullish().meta({ description: 'None, where it is left out or null' }),
  })
  .refine(({ scopes, enrolment }) => !enrolment || (scopes.length === 1 && scopes[0] === 'runner'), {
    error: 'only keys whose one scope is runner have limits of enrolment',
    path: ['enrolment'],
  })
  .meta({ id: 'CreateApiKey' });
export type CreateApiKey = z.infer<typeof CreateApiKey>;

/** The one response that carries a key in the clear. */
export const CreatedApiKey = ApiKey.extend({
  key: z.string().meta({ description: 'The key itself. It is shown this once and cannot be had again' }),
}).meta({ id: 'CreatedApiKey' });
export type CreatedApiKey = z.infer<typeof CreatedApiKey>;
