/**
 * Gathers what is asked for while the work before is being done, and does it together: nobody waits for a timer,
 * and the busier it is, the less each one costs.
 * @param most how many in one batch
 * @param work answers each item, in their order; when the database refuses what an item says, each is tried alone, so
 *   that it does not cost the others theirs; every other error is for all of them
 */
export function together<Item, Result>(
  most: number,
  work: (items: Item[]) => Promise<Result[]>,
): (item: Item) => Promise<Result> {
  interface Waiting {
    item: Item;
    resolve: (result: Result) => void;
    reject: (error: unknown) => void;
  }
  const waiting: Waiting[] = [];
  const answer = async (batch: Waiting[]): Promise<void> => {
    try {
      const results = await work(batch.map(({ item }) => item));
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result);
    } catch (error) {
      if (batch.length > 1 && refusesContent(error)) for (const one of batch) await answer([one]);
      else for (const { reject } of batch) reject(error);
    }
  };
  let working = false;
  const run = async () => {
    working = true;
    while (waiting.length > 0) await answer(waiting.splice(0, most));
    working = false;
  };
  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!working) void run();
    });
}

/** SQLSTATE classes 22 and 23: a value that cannot be read, a constraint that it breaks. */
function refusesContent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^2[23]/.test(String(error.code));
}
