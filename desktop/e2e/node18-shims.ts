// What the app's code takes for granted and the old Electron's Node 18 lacks. Only in the builds for that lane.

AbortSignal.any ??= (signals: AbortSignal[]) => {
  const controller = new AbortController();
  for (const signal of signals) {
    if (signal.aborted) controller.abort(signal.reason);
    signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true });
  }
  return controller.signal;
};

String.prototype.isWellFormed ??= function isWellFormed(this: string) {
  try {
    encodeURIComponent(this);
    return true;
  } catch {
    return false;
  }
};

URL.canParse ??= (url: string | URL) => {
  try {
    new URL(url);
    return true;
  } catch {
    return false;
  }
};
