import { terminalSpans } from '../../conversation/terminal.js';
import { Seen } from '../../ui/seen.js';
import { LongText } from '../long-text.js';

/** The output of a command, in its own colours. */
export function Terminal({ text, failed }: { text: string; failed: boolean }) {
  if (text.trim() === '') return <p className="px-3 py-2 text-soft">No output</p>;
  return (
    <LongText
      text={text}
      draw={drawTerminal}
      className={failed ? '!whitespace-pre-wrap border-bad border-l-2 ![overflow-wrap:anywhere]' : ''}
    />
  );
}

function drawTerminal(text: string) {
  return Array.from(terminalSpans(text).entries(), ([place, { text: part, className, style }]) =>
    className === '' && !style ? (
      <Seen key={place} text={part} />
    ) : (
      <span key={place} className={className} style={style}>
        <Seen text={part} />
      </span>
    ),
  );
}
