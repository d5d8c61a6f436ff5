import type { Approval } from '@agentfleet/contract';
import { useMemo } from 'react';
import type { Conversation } from '../conversation/conversation.js';

/** How the run that waits is shown. */
interface InSight {
  /** Brings one of its events in sight. */
  show(seq: number): void;
  /** Goes to the end of it. */
  follow(): void;
}

/** Frames within which the list has drawn where it was sent to. */
const patience = 60;

/**
 * The way to a tool that waits, wherever it stands.
 * @returns the waiting ones that have no line in the conversation, and what brings the next one in sight and puts the
 *   focus on it: the one after that which has it, else the oldest that is out of sight
 */
export function useShowWaiting(
  waiting: readonly Approval[],
  conversation: Conversation | undefined,
  run: InSight,
) {
  const { items, firstSeq, lastSeq } = conversation ?? nothing;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it grows in place
  const places = useMemo(
    () => new Map(waiting.map((approval) => [approval.id, placeOf(approval, items)])),
    [waiting, items, firstSeq, lastSeq],
  );
  const strays = useMemo(() => waiting.filter(({ id }) => places.get(id) === undefined), [waiting, places]);
  const showWaiting = (inSight: ReadonlySet<string>) => {
    const here = document.activeElement?.closest<HTMLElement>('[data-approval]')?.dataset.approval;
    const at = waiting.findIndex(({ id }) => id === here);
    const next =
      at >= 0
        ? waiting[(at + 1) % waiting.length]
        : (waiting.find(({ id }) => !inSight.has(id)) ?? waiting[0]);
    if (!next) return;
    const seq = places.get(next.id);
    if (seq === undefined) run.follow();
    else if (!inSight.has(next.id)) run.show(seq);
    focusOnceDrawn(next.id, patience);
  };
  return { strays, showWaiting };
}

const nothing: Pick<Conversation, 'items' | 'firstSeq' | 'lastSeq'> = { items: [], firstSeq: 1, lastSeq: 0 };

/** seq of the call that waits for it. */
function placeOf({ toolUseId }: Approval, items: Conversation['items']): number | undefined {
  if (toolUseId === null) return undefined;
  return items.findLast((item) => item.type === 'tool' && item.callId === toolUseId)?.seq;
}

function focusOnceDrawn(id: string, frames: number): void {
  const panel = document.querySelector<HTMLElement>(`[data-approval="${id}"]`);
  if (panel) {
    panel.focus({ preventScroll: true });
    panel.scrollIntoView({ block: 'nearest' });
  } else if (frames > 0) requestAnimationFrame(() => focusOnceDrawn(id, frames - 1));
}
