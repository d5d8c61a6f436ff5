/**
 * The same as `=`, but not known to the planner as one value: an order by this column and then by the id is had of an index that
 * begins with the column, and of no other. The index of ids alone would do for an order by id, and then a page is looked for
 * through the rows of all orgs, however many of others are newer.
 * @param column SQL of a column of texts
 * @param value SQL of what it is
 */
export const isOne = (column: string, value: string) => `${column} = ANY (ARRAY[${value}]::text[])`;
