import { setImmediate } from 'node:timers/promises';

export interface Batches<Item> {
  /** Most items in one. */
  most: number;
  /** How many are done at the same time, 1 by default. */
  atOnce?: number;
  /** Most bytes in one, unless it is a single item, and the bytes of an item. */
  mostBytes?: number;
  bytesOf?: (item: Item) => number;
  /** Whose it is: where not all fit, each has a turn, so that who brings much is not done before who brings little. */
  partyOf?: (item: Item) => string;
}

/**
 * Gathers what is asked for while the work before is being done, and does it together: nobody waits for a timer,
 * and the busier it is, the less each one costs.
 * @param work answers each item, in their order; when the database refuses what an item says, each is tried alone, so
 *   that it does not cost the others theirs; every other error is for all of them
 */
export function together<Item, Result>(
  { most, atOnce = 1, mostBytes = Number.POSITIVE_INFINITY, bytesOf = () => 0, partyOf }: Batches<Item>,
  work: (items: Item[]) => Promise<Result[]>,
): (item: Item) => Promise<Result> {
  interface Waiting {
    item: Item;
    resolve: (result: Result) => void;
    reject: (error: unknown) => void;
  }
  let waiting: Waiting[] = [];
  const nextBatch = (): Waiting[] => {
    const inTurn = partyOf ? takingTurns(waiting, ({ item }) => partyOf(item)) : waiting;
    let count = 0;
    for (let bytes = 0; count < Math.min(most, inTurn.length); count += 1) {
      bytes += bytesOf((inTurn[count] as Waiting).item);
      if (count > 0 && bytes > mostBytes) break;
    }
    const batch = inTurn.slice(0, count);
    waiting = inTurn.slice(count);
    return batch;
  };
  const answer = async (batch: Waiting[]): Promise<void> => {
    try {
      const results = await work(batch.map(({ item }) => item));
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result);
    } catch (error) {
      if (batch.length > 1 && refusesContent(error)) for (const one of batch) await answer([one]);
      else for (const { reject } of batch) reject(error);
    }
  };
  let working = 0;
  const run = async () => {
    working += 1;
    // Whoever was woken by the same thing asks before the first of them is answered.
    await setImmediate();
    while (waiting.length > 0) await answer(nextBatch());
    working -= 1;
  };
  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (working < atOnce) void run();
    });
}

/** The first of each party, then the second of each, and so on; those of one party in their order. */
function takingTurns<Item>(items: Item[], partyOf: (item: Item) => string): Item[] {
  const byParty = new Map<string, Item[]>();
  for (const item of items) {
    const own = byParty.get(partyOf(item));
    if (own) own.push(item);
    else byParty.set(partyOf(item), [item]);
  }
  if (byParty.size < 2) return items;
  const parties = [...byParty.values()];
  const rounds = Math.max(...parties.map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) =>
    parties.flatMap((own) => (round < own.length ? [own[round] as Item] : [])),
  ).flat();
}

/** SQLSTATE classes 22 and 23: a value that cannot be read, a constraint that it breaks. */
function refusesContent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^2[23]/.test(String(error.code));
}
