/** Most bytes of JSON that the rows of one page have. */
const mostBytes = 199_000;

/**
 * A page of a list as it may be sent: what would make it heavy comes with the next one, whose cursor is the last id of this, as in every
 * list. It keeps one row, however heavy. Anything else than a page is left as it is.
 */
export function lightPage(answer: unknown): unknown {
  if (!isPage(answer)) return answer;
  let bytes = 0;
  for (const [nth, row] of answer.data.entries()) {
    bytes += Buffer.byteLength(JSON.stringify(row)) + 1;
    const before = answer.data[nth - 1];
    if (bytes > mostBytes && before) {
      return { ...answer, data: answer.data.slice(0, nth), nextCursor: before.id };
    }
  }
  return answer;
}

interface Page {
  data: { id: string }[];
  nextCursor: string | null;
}

const isPage = (answer: unknown): answer is Page =>
  typeof answer === 'object' && answer !== null && 'data' in answer && 'nextCursor' in answer;
