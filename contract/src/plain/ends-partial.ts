import type { Event, EventKind, PartialText } from '../events.js';

const endsText: ReadonlySet<EventKind> = new Set(['assistant', 'thinking', 'tool_use', 'result', 'error']);

/** Whether an event ends the text that was being produced: the whole of it is in the log now, or it was given up. */
export function endsPartial(
  { afterSeq }: Pick<PartialText, 'afterSeq'>,
  { seq, kind, data }: Pick<Event, 'seq' | 'kind' | 'data'>,
): boolean {
  return seq > afterSeq && endsText.has(kind) && !data?.parent_tool_use_id;
}
