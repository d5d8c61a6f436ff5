import { headers, type RouteName } from '@agentfleet/contract';
import type { Database, Statement } from '../db/database.js';
import type { Prisma } from '../db/generated/client.js';
import { newRunId } from '../db/ids.js';
import { ApiError } from '../errors.js';
import type { Context } from '../http/context.js';
import { madeAndDeleted } from '../queue/sql/insert-run.js';
import { answeredAgainFor } from './answered-again-for.js';
import { sha256 } from './authenticator.js';

/**
 * $1 org, $2 key, $3 request hash, $4 id for what the request makes. Rows: { subject }, for the first request only,
 * or one that takes over from a first one whose server died; that keeps the id.
 */
const begin: Statement = {
  name: 'begin-idempotent-request',
  text: `
INSERT INTO idempotency_keys AS k (org_id, key, request_hash, subject) VALUES ($1, $2, $3, $4)
ON CONFLICT (org_id, key) DO UPDATE SET request_hash = EXCLUDED.request_hash, status = NULL, response = NULL,
  created_at = now(), subject = CASE
    WHEN k.request_hash = EXCLUDED.request_hash AND k.created_at > now() - interval '${answeredAgainFor}' THEN k.subject
    ELSE EXCLUDED.subject END
WHERE k.created_at < now() - interval '${answeredAgainFor}'
  OR (k.status IS NULL AND k.created_at < now() - interval '1 minute')
RETURNING subject`,
};

/**
 * Makes the key free again, as if the server of its request had died a minute ago. The row stays, so that the same
 * request goes on with its id: another one that is being answered at the same time may have made something under it.
 * $1 org, $2 key, $3 request hash.
 */
const free: Statement = {
  name: 'free-idempotency-key',
  text: `
UPDATE idempotency_keys SET created_at = now() - interval '61 seconds'
WHERE org_id = $1 AND key = $2 AND request_hash = $3 AND status IS NULL`,
};

/** Routes that may be done again under the same id, as often as it takes: they make one run. */
const repeatable: readonly RouteName[] = ['createRun', 'followUp'];

/**
 * Answers a POST that creates once per Idempotency-Key: the same request within 24 hours gets the first answer
 * again. A refused request leaves the key free. Without the header it simply works.
 * @param body as its schema reads it: defaults that are spelled out, and the order of fields, mean nothing
 * @param work is given the id for the run that it makes
 */
export async function idempotently(
  database: Database,
  context: Context,
  route: RouteName,
  body: unknown,
  work: (id: string) => Promise<unknown>,
): Promise<unknown> {
  const key = context.get(headers.idempotencyKey);
  const orgId = context.state.caller?.org.id;
  if (key === '' || orgId === undefined) return work(newRunId(database.now()));
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) {
    throw new ApiError(
      'VALIDATION_FAILED',
      `${headers.idempotencyKey}: must be 1 to 200 printable characters`,
    );
  }
  const hash = sha256(JSON.stringify([context.method, context.path, body], sorted));
  const make = async (id: string) => {
    const answer = await work(id).catch(async (error) => {
      if (error instanceof ApiError) await database.query(free, [orgId, key, hash]).catch(() => undefined);
      throw error;
    });
    // The one answer that carries a secret is not kept.
    const response = route === 'createApiKey' ? undefined : (answer as Prisma.InputJsonValue);
    await database.prisma.idempotencyKey.updateMany({
      where: { orgId, key, requestHash: hash },
      data: { status: 201, ...(response && { response }) },
    });
    return answer;
  };
  const [first] = await database.query<{ subject: string }>(begin, [
    orgId,
    key,
    hash,
    newRunId(database.now()),
  ]);
  if (first) return make(first.subject);
  const earlier = await database.prisma.idempotencyKey.findUnique({ where: { orgId_key: { orgId, key } } });
  // It was removed in between, as one that is a day old.
  if (!earlier) return idempotently(database, context, route, body, work);
  if (!hash.equals(earlier.requestHash)) {
    throw new ApiError('IDEMPOTENCY_KEY_REUSED', 'The Idempotency-Key was used before for another request');
  }
  if (earlier.subject !== null && (await isDeleted(database, orgId, earlier.subject))) throw madeAndDeleted();
  // Whether somebody is still at it or died over it: there is one run under this id.
  if (earlier.status === null && earlier.subject !== null && repeatable.includes(route)) {
    return make(earlier.subject);
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

async function isDeleted({ prisma }: Database, orgId: string, runId: string): Promise<boolean> {
  return (await prisma.run.count({ where: { id: runId, orgId, deletedAt: { not: null } } })) > 0;
}

/** Fields in one order, and none that is null: that is as if it were left out. */
function sorted(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(fields.sort(([one], [other]) => (one < other ? -1 : 1)));
}
