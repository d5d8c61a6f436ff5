import { parseDirectory, type Run, RunId, type RunsQuery } from '@agentfleet/contract';
import type { Database } from '../db/database.js';
import type { Prisma } from '../db/generated/client.js';
import { ApiError } from '../errors.js';
import { presentRun } from './present-run.js';

/** Newest first, by id: run ids begin with their time. The cursor is the last id of the page before. */
export async function listRuns(
  database: Database,
  orgId: string,
  query: RunsQuery,
): Promise<{ data: Run[]; nextCursor: string | null }> {
  const runs = await database.prisma.run.findMany({
    where: whereOf(orgId, query),
    orderBy: { id: 'desc' },
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
  if (query.cursor !== undefined) {
    if (!RunId.safeParse(query.cursor).success) {
      throw new ApiError('VALIDATION_FAILED', 'cursor: is not a nextCursor of this list');
    }
    where.id = { lt: query.cursor };
  }
  if (query.status) where.status = { in: query.status };
  if (query.runnerId) where.runnerId = query.runnerId;
  if (query.label) where.labels = { has: query.label };
  const both: Prisma.RunWhereInput[] = [];
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

/** Prisma hands text to LIKE as it is, where three characters mean something else. */
const literal = (text: string) => text.replace(/[\\%_]/g, '\\$&');
