/** ms between two looks for a server that is away. */
const pauseMs = 2_000;
/** A page younger than this was just loaded, ms: loading it once more would bring the same again. */
const youngMs = 10_000;

/**
 * Loads a part of the dashboard that comes later, e.g. `lazy(patiently(() => import('./screen.js')))`. Where that
 * fails, browsers do not ask for it a second time, so the page is loaded anew: once the server is back, or at once if
 * it is there and has a newer dashboard by now. The app's files are on its own disk, where there is nobody to wait for.
 * Rejects when loading the page anew would not help.
 */
export function patiently<Module>(load: () => Promise<Module>): () => Promise<Module> {
  return async () => {
    try {
      return await load();
    } catch (error) {
      const served = location.protocol.startsWith('http');
      if (served && !(await isServerThere())) await serverIsBack();
      else if (performance.now() < youngMs) throw error;
      location.reload();
      return new Promise(() => {});
    }
  };
}

async function serverIsBack(): Promise<void> {
  do await new Promise((resolve) => setTimeout(resolve, pauseMs));
  while (!(await isServerThere()));
}

function isServerThere(): Promise<boolean> {
  return fetch('/', { method: 'HEAD', cache: 'no-store' }).then(
    ({ ok }) => ok,
    () => false,
  );
}
