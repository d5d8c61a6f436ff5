/**
 * Takes the one-time code that `npm start` puts into the link it opens (`#code=…`) out of the address bar, so
 * that it is neither bookmarked nor shared.
 */
export function takeOneTimeCode(): string | undefined {
  const code = new URLSearchParams(location.hash.slice(1)).get('code') ?? undefined;
  if (code) history.replaceState(null, '', location.pathname + location.search);
  return code;
}
