import { useEffect, useReducer, useRef, useState } from 'react';
import { useTransport } from '../app/transport-context.js';
import { Conversation } from '../conversation/conversation.js';
import type { FollowEnd } from '../transport/transport.js';

/**
 * The conversation of a run, growing while it is watched.
 * @returns the same `conversation` for the life of the component, which is drawn anew whenever it grew
 */
export function useConversation(runId: string, onEnd: () => void) {
  const transport = useTransport();
  const [conversation] = useState(() => new Conversation());
  const [, grow] = useReducer((before: number) => before + 1, 0);
  const [end, setEnd] = useState<FollowEnd | null>(null);
  const latestOnEnd = useRef(onEnd);
  latestOnEnd.current = onEnd;

  useEffect(() => {
    // Batches that arrive within one frame are drawn once.
    let frame = 0;
    const draw = () => {
      frame = 0;
      grow();
    };
    const stop = transport.followEvents(
      runId,
      conversation.lastSeq,
      (events) => {
        conversation.append(events);
        frame ||= requestAnimationFrame(draw);
      },
      (ended) => {
        setEnd(ended);
        latestOnEnd.current();
      },
    );
    return () => {
      stop();
      cancelAnimationFrame(frame);
    };
  }, [transport, runId, conversation]);

  return { conversation, end };
}
