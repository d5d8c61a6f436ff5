import { parseDirectory, type Run, RunId, type RunsQuery } from '@agentfleet/contract';
import type { Database } from '../db/database.js';
import type { Prisma } from '../db/generated/client.js';
import { runIdsFrom } from '../db/ids.js';
import { ApiError } from '../errors.js';
import { presentRun } from './present-run.js';

/** By id, which is by age: run ids begin with their time. The cursor is the last id of the page before. */
export async function listRuns(
  database: Database,
  orgId: string,
  query: RunsQuery,
): Promise<{ data: Run[]; nextCursor: string | null }> {
  const runs = await database.prisma.run.findMany({
    where: whereOf(orgId, query),
    orderBy: { id: query.order },
    take: query.limit + 1,
  });
  const page = runs.slice(0, query.limit);
  return {
    data: page.map(presentRun),
    nextCursor: runs.length > query.limit ? (page.at(-1)?.id ?? null) : null,
  };
}

function whereOf(orgId: string, query: RunsQuery): Prisma.RunWhereInput {
  const where: Prisma.RunWhereInput = { orgId };
  const both: Prisma.RunWhereInput[] = [];
  if (query.cursor !== undefined) {
    if (!RunId.safeParse(query.cursor).success) {
      throw new ApiError('VALIDATION_FAILED', 'cursor: is not a nextCursor of this list');
    }
    both.push({ id: query.order === 'desc' ? { lt: query.cursor } : { gt: query.cursor } });
  }
  const { createdAfter, createdBefore } = query;
  if (createdAfter) both.push({ createdAt: { gt: createdAfter }, id: { gte: idsAround(createdAfter, -1) } });
  if (createdBefore) both.push({ createdAt: { lt: createdBefore }, id: { lt: idsAround(createdBefore, 1) } });
  if (query.status) where.status = { in: query.status };
  if (query.runnerId) where.runnerId = query.runnerId;
  if (query.label) where.labels = { has: query.label };
  // A thread is named after its first run, and only follow-ups are indexed by it.
  const { threadId } = query;
  if (threadId) both.push({ OR: [{ id: threadId }, { threadId, parentRunId: { not: null } }] });
  if (query.cwd) {
    const key = parseDirectory(query.cwd)?.key ?? query.cwd;
    both.push({
      OR: [{ cwdKey: key }, { cwdKey: { startsWith: literal(key.endsWith('/') ? key : `${key}/`) } }],
    });
  }
  // Of a run that is over the count may still stand.
  if (query.waiting) both.push({ status: 'RUNNING', approvalsWaiting: { gt: 0 } });
  if (query.q) {
    const text = { contains: literal(query.q), mode: 'insensitive' as const };
    both.push({ OR: [{ input: text }, { result: text }] });
  }
  return { ...where, AND: both };
}

/** Ids have an index, the time of creation has not: they bound what is looked at, a day wider for clocks that differ. */
const idsAround = (instant: string, days: -1 | 1) => runIdsFrom(Date.parse(instant) + days * clockSlackMs);
const clockSlackMs = 24 * 3_600_000;

/** Prisma hands text to LIKE as it is, where three characters mean something else. */
const literal = (text: string) => text.replace(/[\\%_]/g, '\\$&');
