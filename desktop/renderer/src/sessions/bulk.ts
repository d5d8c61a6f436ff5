import { type BodyInputOf, isFinal, type Run } from '@agentfleet/contract';
import type { Transport } from '../transport/transport.js';
import type { RowNote } from './row-line.js';

/** Something that is done to several sessions, each by itself. */
export type Act = (run: Run) => Promise<string>;

/** Sessions that are at work at once: the server serves others too. */
const atOnce = 4;

/** Does it to each of them, a few at a time; where it fails for one, that is told of that one, and the others go on. */
export async function toEach(
  runs: readonly Run[],
  act: Act,
  tell: (id: string, note: RowNote) => void,
): Promise<{ done: number; failed: number }> {
  const rest = [...runs];
  let failed = 0;
  const work = async () => {
    for (let run = rest.shift(); run; run = rest.shift()) {
      try {
        tell(run.id, { words: await act(run), bad: false });
      } catch (error) {
        failed += 1;
        tell(run.id, { words: `Not done: ${(error as Error).message}`, bad: true });
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return { done: runs.length - failed, failed };
}

export const mayBeCancelled = ({ status, cancelRequestedAt }: Run) =>
  !isFinal(status) && cancelRequestedAt === null;

export function cancelling(transport: Transport): Act {
  return async ({ id }) => {
    const { status } = await transport.cancelRun(id);
    return isFinal(status) ? 'Cancelled' : 'It is being stopped';
  };
}

/** Labels are read anew before they are changed: somebody else may have. */
export function relabelling(transport: Transport, add: readonly string[], remove: readonly string[]): Act {
  return async ({ id }) => {
    const { labels } = await transport.getRun(id);
    const kept = labels.filter((label) => !remove.includes(label) && !add.includes(label));
    await transport.updateRun(id, { labels: [...kept, ...add] });
    return add.length > 0 ? `Labelled ${add.join(', ')}` : 'Labels removed';
  };
}

export function launchingAgain(transport: Transport): Act {
  return async ({ id }) => {
    await transport.createRun(requestAgain(await transport.getRun(id)));
    return 'Launched again';
  };
}

/** The same once more, on whichever runner may take it. */
function requestAgain(run: Run): BodyInputOf<'createRun'> {
  if (run.textsPrunedAt !== null) throw new Error('its prompt was removed by retention.');
  const { cwd, permissionMode, model, labels, priority, sharedCwd, retry, approvalSec } = run;
  const { queueTtlSec, timeoutSec, stallSec, maxTurns, maxBudgetUsd } = run;
  return {
    prompt: run.input,
    ...{ cwd, permissionMode, model, labels, priority, sharedCwd, retry, approvalSec },
    ...{ queueTtlSec, timeoutSec, stallSec, maxTurns, maxBudgetUsd },
  };
}
