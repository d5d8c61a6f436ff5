import type { AppOptions, Context } from './app.js';

/** How often the credentials behind an open answer are looked at, ms: revoking a key works within 5 s. */
const revalidateMs = 4_000;

/**
 * For an answer that takes its time: aborts when the caller goes away, the server closes, or the credentials of
 * the request are revoked meanwhile.
 */
export function whileOpen(
  context: Context,
  { closing, authenticator }: Pick<AppOptions, 'closing' | 'authenticator'>,
): AbortSignal {
  const { res } = context;
  const over = new AbortController();
  const end = () => {
    clearInterval(revalidating);
    closing.removeEventListener('abort', end);
    over.abort();
  };
  const revalidating = setInterval(async () => {
    if (!(await authenticator.stillValid(context).catch(() => true))) end();
  }, revalidateMs);
  closing.addEventListener('abort', end);
  res.once('close', end);
  // A caller who went away before we listened is not told of again.
  if (closing.aborted || res.destroyed) end();
  return over.signal;
}
