import { Fault } from '../ui/fault.js';
import { Empty } from '../ui/notes.js';

/** Stands for a screen that fails, most likely as the server has a newer dashboard by now. */
export function Broken({ error }: { error: unknown }) {
  return (
    <Empty title="This screen could not be shown" isScreen>
      <p>There may be a newer version of it.</p>
      <p className="mt-4">
        <button type="button" className="button primary" onClick={() => location.reload()}>
          Load it again
        </button>
      </p>
      <div className="mx-auto mt-4 max-w-xl">
        <Fault error={error} />
      </div>
    </Empty>
  );
}
