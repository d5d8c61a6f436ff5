import { mostUsageDays, type UsageQuery } from '@agentfleet/contract';
import { ApiError } from '../../errors.js';
import { orgOf } from '../../http/caller-of.js';
import { sumUsage } from '../../usage/sum-usage.js';
import type { Handlers } from '../handler.js';

const dayMs = 24 * 3_600_000;
const defaultDays = 30;

export const usageHandlers: Pick<Handlers, 'getUsage'> = {
  async getUsage({ context, options, query }) {
    const { from, to } = rangeOf(query, options.database.now());
    const { groupBy, timeZone, groups } = query;
    const by = groupBy.find((group) => group !== 'day');
    const range = { from, to, timeZone, byDay: groupBy.includes('day'), by, groups };
    const data = await sumUsage(options.database, orgOf(context), range, context.state.left).catch(
      (error: unknown) => {
        // A time zone that JavaScript knows and PostgreSQL does not: invalid_parameter_value.
        const unknownZone = error instanceof Error && 'code' in error && error.code === '22023';
        throw unknownZone ? new ApiError('VALIDATION_FAILED', 'timeZone: is not a time zone') : error;
      },
    );
    return { from: from.toISOString(), to: to.toISOString(), data };
  },
};

/** Throws VALIDATION_FAILED on a range that is empty or too long. */
function rangeOf({ from, to }: Pick<UsageQuery, 'from' | 'to'>, now: number): { from: Date; to: Date } {
  const end = to === undefined ? now : Date.parse(to);
  const begin = from === undefined ? end - defaultDays * dayMs : Date.parse(from);
  if (begin >= end) throw new ApiError('VALIDATION_FAILED', 'from: must be before to');
  if (end - begin > mostUsageDays * dayMs) {
    throw new ApiError('VALIDATION_FAILED', `from: must be at most ${mostUsageDays} days before to`);
  }
  return { from: new Date(begin), to: new Date(end) };
}
