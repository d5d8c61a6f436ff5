import { InfiniteQueryObserver, QueryClient } from '@tanstack/react-query';
import { expect, test } from 'vitest';
import { HttpTransport } from '../transport/http-transport.js';
import { lookAtRuns, pagesKeyOf } from './refresh-runs.js';
import { aRun } from './testing.js';

const page = { data: [{ ...aRun({ id: 'run_1' }), truncated: false }], nextCursor: null };

/** A list on the screen, whose requests are answered by `answer`. */
function aList(answer: () => Promise<Response>) {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const transport = new HttpTransport(() => answer(), 'http://localhost');
  const observer = new InfiniteQueryObserver(queries, {
    queryKey: pagesKeyOf({}),
    queryFn: () => transport.listRuns({}),
    initialPageParam: '',
    getNextPageParam: () => null,
  });
  const leave = observer.subscribe(() => {});
  return { queries, transport, observer, leave };
}

test('a look that waits for a list ends when the list is gone, as after signing out', async () => {
  const never = new Promise<Response>(() => {});
  const { queries, transport, observer, leave } = aList(() => never);
  await expect.poll(() => observer.getCurrentResult().fetchStatus).toBe('fetching');
  const looking = lookAtRuns(queries, transport);
  // It has gone as far as it comes without an answer.
  await new Promise(setImmediate);
  queries.clear();
  await looking;
  leave();
});

test('a look waits for a list that is on its way, and then asks for its head', async () => {
  const asked: ((response: Response) => void)[] = [];
  const { queries, transport, leave } = aList(() => new Promise((resolve) => asked.push(resolve)));
  await expect.poll(() => asked.length).toBe(1);
  const looking = lookAtRuns(queries, transport);
  const [first] = asked;
  first?.(Response.json(page));
  await expect.poll(() => asked.length).toBe(2);
  asked[1]?.(Response.json({ ...page, data: [{ ...page.data[0], status: 'FAILED' }] }));
  await looking;
  const pages = queries.getQueryData<{ pages: (typeof page)[] }>(pagesKeyOf({}));
  expect(pages?.pages.flatMap(({ data }) => data.map(({ status }) => status))).toEqual(['FAILED']);
  leave();
});
