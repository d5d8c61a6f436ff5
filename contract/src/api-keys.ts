import * as z from 'zod';
import { ApiKeyId } from './ids.js';
import { Scope } from './scopes.js';
import { storableText, Timestamp } from './text.js';

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
    expiresAt: Timestamp.optional(),
  })
  .meta({ id: 'CreateApiKey' });
export type CreateApiKey = z.infer<typeof CreateApiKey>;

/** The one response that carries a key in the clear. */
export const CreatedApiKey = ApiKey.extend({
  key: z.string().meta({ description: 'The key itself. It is shown this once and cannot be had again' }),
}).meta({ id: 'CreatedApiKey' });
export type CreatedApiKey = z.infer<typeof CreatedApiKey>;
