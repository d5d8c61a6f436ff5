import * as z from 'zod';
import { queryInt, queryList } from './lists.js';
import { Instant, Timestamp } from './text.js';

/** What usage may be told apart by; `day` alone or together with one of the others. */
export const UsageGroup = z.enum(['runner', 'directory', 'model', 'label', 'key']);
export type UsageGroup = z.infer<typeof UsageGroup>;

/** Most days that one question may span. */
export const mostUsageDays = 400;

/** An IANA time zone that this machine knows, e.g. `Europe/Berlin`. */
const TimeZone = z
  .string()
  .max(100)
  .regex(/^[A-Za-z][A-Za-z0-9_+\-/]*$/, { error: 'is not a time zone', abort: true })
  .refine(isTimeZone, { error: 'is not a time zone' });

export const UsageQuery = z.strictObject({
  from: Instant.optional().meta({
    description: 'Sessions launched at or after; default: 30 days before `to`',
  }),
  to: Instant.optional().meta({ description: 'Sessions launched before; default: now' }),
  groupBy: queryList(z.enum(['day', ...UsageGroup.options]))
    .refine((groups) => groups.length <= 2 && groups.filter((group) => group !== 'day').length <= 1, {
      error: 'takes day, one of runner, directory, model, label and key, or day and one of them',
    })
    .default(['day'])
    .meta({
      description:
        'day, runner, directory, model, label or key; or day and one of the others, as in day,runner. key is the API key that launched',
    }),
  timeZone: TimeZone.default('UTC').meta({ description: 'Whose days, e.g. Europe/Berlin (default UTC)' }),
  groups: queryInt(1, 200)
    .default(50)
    .meta({ description: 'Groups told apart, the most expensive first; the rest is summed as `other`' }),
});
export type UsageQuery = z.infer<typeof UsageQuery>;

export const UsageRow = z
  .strictObject({
    day: z.iso.date().nullable().meta({ description: 'Null unless grouped by day' }),
    key: z.string().nullable().meta({
      description: 'Id of a runner or a key, directory, model or label; null where a session has none',
    }),
    name: z
      .string()
      .nullable()
      .meta({ description: 'The key as people know it: the name of a runner or an API key' }),
    other: z.boolean().meta({ description: 'Sums the groups beyond those told apart' }),
    runs: z.int().nonnegative(),
    costUsd: z.number().nonnegative(),
    inputTokens: z.int().nonnegative(),
    outputTokens: z.int().nonnegative(),
    cacheReadTokens: z.int().nonnegative(),
    cacheCreationTokens: z.int().nonnegative(),
  })
  .meta({
    id: 'UsageRow',
    description:
      'What the sessions of a group used. A session with several labels counts under each of them, one that used several models under each with that model’s share.',
  });
export type UsageRow = z.infer<typeof UsageRow>;

export const UsageReport = z
  .strictObject({
    from: Timestamp,
    to: Timestamp,
    data: z.array(UsageRow).meta({ description: 'By day, then by cost' }),
  })
  .meta({ id: 'UsageReport' });
export type UsageReport = z.infer<typeof UsageReport>;

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}
