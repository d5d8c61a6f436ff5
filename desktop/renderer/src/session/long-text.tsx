import { withHiddenSpelled } from '@agentfleet/contract';
import { type ReactNode, useContext, useState } from 'react';
import { patternOf } from '../conversation/find.js';
import { useAskedSight } from '../ui/asked-sight.js';
import { ScrollPre } from '../ui/scroll-pre.js';
import { Seen } from '../ui/seen.js';
import { LookedForContext } from './row-context.js';

interface Props {
  text: string;
  /** How a text is drawn; as it stands where it is not given. */
  draw?: (text: string) => ReactNode;
  /** Shown before one asks for all of it, characters. */
  first?: number;
  className?: string;
}

/** Preformatted text: its beginning, and all of it for who asks for that or is asked about it. */
export function LongText({
  text,
  draw = (shown) => <Seen text={shown} />,
  first = 20_000,
  className = '',
}: Props) {
  const [chosen, setAll] = useState(false);
  const lookedFor = useContext(LookedForContext);
  const isAsked = useAskedSight() !== undefined;
  const all =
    chosen ||
    isAsked ||
    (lookedFor !== '' && saysIn(text.slice(Math.max(0, first - lookedFor.length)), lookedFor));
  const shown = all || text.length <= first ? text : text.slice(0, first);
  return (
    <>
      <ScrollPre
        dir="auto"
        className={`mono max-h-96 overflow-auto plain-lines whitespace-pre px-3 py-2 [overflow-wrap:normal] ${className}`}
      >
        {/* Megabytes are one node, whatever is in them. */}
        {shown.length > 200_000 ? withHiddenSpelled(shown) : draw(shown)}
      </ScrollPre>
      {shown.length < text.length && (
        <button type="button" className="button m-2 self-start" onClick={() => setAll(true)}>
          Show all {text.length.toLocaleString()} characters
        </button>
      )}
    </>
  );
}

const saysIn = (text: string, lookedFor: string) => patternOf(lookedFor).test(text);
