import { createApiKey, revokeApiKey } from '../../auth/api-keys.js';
import { presentApiKey } from '../../auth/present-api-key.js';
import { ApiError, notFound } from '../../errors.js';
import { actorOf, orgOf } from '../../http/caller-of.js';
import type { Handlers } from '../handler.js';

export const apiKeyHandlers: Pick<Handlers, 'listApiKeys' | 'createApiKey' | 'revokeApiKey'> = {
  async listApiKeys({ context, options, query }) {
    const { prisma } = options.database;
    const orgId = orgOf(context);
    if (query.cursor !== undefined && !(await prisma.apiKey.count({ where: { id: query.cursor, orgId } }))) {
      throw new ApiError('VALIDATION_FAILED', 'cursor: is not a nextCursor of this list');
    }
    const keys = await prisma.apiKey.findMany({
      // A runner's own credential stands with its runner; what a sign-in is given lasts minutes.
      where: { orgId, runnerId: null, forSignIn: false },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: query.limit + 1,
      ...(query.cursor === undefined ? {} : { cursor: { id: query.cursor }, skip: 1 }),
    });
    const page = keys.slice(0, query.limit);
    const nextCursor = keys.length > query.limit ? (page.at(-1)?.id ?? null) : null;
    return { data: page.map(presentApiKey), nextCursor };
  },
  async createApiKey({ context, options, body }) {
    if (body.expiresAt && Date.parse(body.expiresAt) <= options.database.now()) {
      throw new ApiError('VALIDATION_FAILED', 'expiresAt: must be in the future');
    }
    return createApiKey(options.database, orgOf(context), body, actorOf(context));
  },
  async revokeApiKey({ context, options, params }) {
    const key = await revokeApiKey(options.database, orgOf(context), params.id, actorOf(context));
    if (!key) throw notFound('API key');
    return key;
  },
};
