import type { PartialText } from '@agentfleet/contract';
import type { EventStream } from '../../http/event-stream.js';
import type { LiveText } from '../../partials/live-texts.js';
import type { Partials } from '../../partials/partials.js';

/**
 * Sends the text that a run is producing, first all there is of it, then what it grows by. A viewer who does not keep
 * up is left alone until he does, and then gets what he lacks in one piece.
 * @returns a function that stops it
 */
export function sendPartials(stream: EventStream, partials: Partials, runId: string): () => void {
  let shown: LiveText | undefined;
  let sent = 0;
  const send = () => {
    const text = watch.text();
    if (!text || stream.isBusy) return;
    if (text !== shown) {
      shown = text;
      sent = 0;
    }
    if (sent === text.text.length) return;
    stream.send(frameOf(text, sent));
    sent = text.text.length;
  };
  const watch = partials.watch(runId, send);
  const stopSending = stream.onTaken(send);
  send();
  return () => {
    stopSending();
    watch.stop();
  };
}

/** Viewers of one run are mostly at the same place. */
let newest: { text: LiveText; from: number; to: number; frame: string } | undefined;

function frameOf(text: LiveText, from: number): string {
  const to = text.text.length;
  if (newest?.text === text && newest.from === from && newest.to === to) return newest.frame;
  const { block, kind, afterSeq } = text;
  const piece: PartialText = { block, kind, afterSeq, offset: from, text: text.text.slice(from) };
  const frame = `event: partial\ndata: ${JSON.stringify(piece)}\n\n`;
  newest = { text, from, to, frame };
  return frame;
}
