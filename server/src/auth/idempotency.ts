import { headers, type RouteName } from '@agentfleet/contract';
import type { Database, Statement } from '../db/database.js';
import type { Prisma } from '../db/generated/client.js';
import { ApiError } from '../errors.js';
import type { Context } from '../http/app.js';
import { sha256 } from './authenticator.js';

/** $1 org, $2 key, $3 request hash. A row comes back for the first request only. */
const begin: Statement = {
  name: 'begin-idempotent-request',
  text: `
INSERT INTO idempotency_keys (org_id, key, request_hash) VALUES ($1, $2, $3)
ON CONFLICT (org_id, key) DO UPDATE SET request_hash = EXCLUDED.request_hash, status = NULL, response = NULL,
  created_at = now()
WHERE idempotency_keys.created_at < now() - interval '24 hours'
  OR (idempotency_keys.status IS NULL AND idempotency_keys.created_at < now() - interval '1 minute')
RETURNING key`,
};

/**
 * Answers a POST that creates once per Idempotency-Key: the same request within 24 hours gets the first answer
 * again. A refused request leaves the key free. Without the header it simply works.
 */
export async function idempotently(
  database: Database,
  context: Context,
  route: RouteName,
  body: unknown,
  work: () => Promise<unknown>,
): Promise<unknown> {
  const key = context.get(headers.idempotencyKey);
  const orgId = context.state.caller?.org.id;
  if (key === '' || orgId === undefined) return work();
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) {
    throw new ApiError(
      'VALIDATION_FAILED',
      `${headers.idempotencyKey}: must be 1 to 200 printable characters`,
    );
  }
  const hash = sha256(JSON.stringify([context.method, context.path, body]));
  const [first] = await database.query(begin, [orgId, key, hash]);
  const where = { orgId_key: { orgId, key } };
  if (first) {
    const answer = await work().catch(async (error) => {
      await database.prisma.idempotencyKey.delete({ where }).catch(() => undefined);
      throw error;
    });
    // The one answer that carries a secret is not kept.
    const response = route === 'createApiKey' ? undefined : (answer as Prisma.InputJsonValue);
    await database.prisma.idempotencyKey.update({
      where,
      data: { status: 201, ...(response && { response }) },
    });
    return answer;
  }
  const earlier = await database.prisma.idempotencyKey.findUnique({ where });
  if (!earlier || !hash.equals(earlier.requestHash)) {
    throw new ApiError('IDEMPOTENCY_KEY_REUSED', 'The Idempotency-Key was used before for another request');
  }
  if (earlier.status === null) {
    throw new ApiError(
      'IDEMPOTENCY_KEY_IN_USE',
      'The first request with this Idempotency-Key is still being answered',
    );
  }
  if (earlier.response === null) {
    throw new ApiError(
      'IDEMPOTENCY_KEY_REUSED',
      'The key was created by an earlier request and shown then. It cannot be shown again; create another one',
    );
  }
  context.set(headers.idempotentReplay, 'true');
  return earlier.response;
}
