/** Work that is done again and again, until it is stopped. */
export interface Repeated {
  /** Resolves when what is under way is done: what it uses may be closed then. */
  stop(): Promise<void>;
}

/**
 * Begins the work every `ms`, but never beside itself: while one takes longer than that, as on a slow database, those that
 * are due are left out. It does not keep the process alive.
 * @param work deals with its errors itself
 */
export function every(ms: number, work: () => Promise<unknown>): Repeated {
  let underWay: Promise<unknown> | undefined;
  const timer = setInterval(() => {
    underWay ??= work().finally(() => {
      underWay = undefined;
    });
  }, ms).unref();
  return {
    async stop() {
      clearInterval(timer);
      await underWay;
    },
  };
}
