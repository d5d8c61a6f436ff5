import * as z from 'zod';

/** One page of a list; `nextCursor` is null on the last one. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({
    data: z.array(item),
    nextCursor: z
      .string()
      .nullable()
      .meta({ description: 'Pass as ?cursor= for the next page; null at the end' }),
  });
}

/** A whole number in a query string, e.g. `?limit=50`. */
export function queryInt(min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,16}$/, { error: `must be a whole number from ${min} to ${max}` })
    .transform(Number)
    .pipe(z.int().min(min).max(max));
}

/** Several things in one parameter of a query string, comma-separated, e.g. `?status=QUEUED,RUNNING`. */
export function queryList<Element extends z.ZodType<unknown, string>>(element: Element) {
  return z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(element).max(50));
}

export const PageQuery = z.strictObject({
  cursor: z
    .string()
    .regex(/^[a-z0-9_]{1,200}$/, { error: 'is not a nextCursor of this list' })
    .optional()
    .meta({ description: 'nextCursor of the page before' }),
  limit: queryInt(1, 200).default(50).meta({ description: 'Items per page, 1 to 200 (default 50)' }),
});
