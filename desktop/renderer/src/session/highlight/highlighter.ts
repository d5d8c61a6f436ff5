import type { HighlightAnswer, HighlightRequest, LineTokens } from './tokens.js';

/** Longest code that is coloured, characters; longer is plain. */
const longest = 100_000;
/** Answers that are kept, so that scrolling back finds them. */
const mostKept = 300;

let worker: Worker | undefined;
let asked = 0;
const waiting = new Map<number, (lines: LineTokens[] | null) => void>();
const kept = new Map<string, LineTokens[] | null>();

const keyOf = (code: string, language: string) => `${language}\n${code}`;

/** The tokens of code that was asked for before; undefined when it was not. */
export function knownTokens(code: string, language: string): LineTokens[] | null | undefined {
  return kept.get(keyOf(code, language));
}

/** The tokens of code, a line each; null where it stays plain. */
export async function tokensOf(code: string, language: string): Promise<LineTokens[] | null> {
  if (code.length > longest) return null;
  const key = keyOf(code, language);
  const known = kept.get(key);
  if (known !== undefined) return known;
  const lines = await ask(code, language);
  kept.set(key, lines);
  if (kept.size > mostKept) kept.delete(kept.keys().next().value as string);
  return lines;
}

function ask(code: string, language: string): Promise<LineTokens[] | null> {
  asked += 1;
  const request: HighlightRequest = { id: asked, code, language };
  worker ??= startWorker();
  worker.postMessage(request);
  return new Promise((resolve) => waiting.set(request.id, resolve));
}

function startWorker(): Worker {
  const started = new Worker(new URL('./highlight-worker.ts', import.meta.url), { type: 'module' });
  started.addEventListener('message', ({ data }: MessageEvent<HighlightAnswer>) => {
    waiting.get(data.id)?.(data.lines);
    waiting.delete(data.id);
  });
  // Where it cannot be loaded, code is plain.
  started.addEventListener('error', (event) => {
    event.preventDefault();
    for (const answer of waiting.values()) answer(null);
    waiting.clear();
  });
  return started;
}
