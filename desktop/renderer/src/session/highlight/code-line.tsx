import { memo } from 'react';
import { Seen } from '../../ui/seen.js';
import { kinds, type LineTokens } from './tokens.js';

/** One line of code in its colours. @param tokens undefined while they are not known */
export const CodeLine = memo(function CodeLine({
  text,
  tokens,
}: {
  text: string;
  tokens?: LineTokens | undefined;
}) {
  if (!tokens || lengthOf(tokens) !== text.length) return <Seen text={text} />;
  let at = 0;
  const spans = [];
  for (let place = 0; place < tokens.length; place += 2) {
    const part = text.slice(at, at + (tokens[place] ?? 0));
    const kind = kinds[tokens[place + 1] ?? 0];
    spans.push(
      kind === 'plain' ? (
        <Seen key={at} text={part} />
      ) : (
        <span key={at} className={`tok-${kind}`}>
          <Seen text={part} />
        </span>
      ),
    );
    at += part.length;
  }
  return <>{spans}</>;
});

function lengthOf(tokens: LineTokens): number {
  let length = 0;
  for (let place = 0; place < tokens.length; place += 2) length += tokens[place] ?? 0;
  return length;
}
