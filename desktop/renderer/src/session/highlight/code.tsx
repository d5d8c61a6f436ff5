import { Fragment, useMemo } from 'react';
import { Seen } from '../../ui/seen.js';
import { CodeLine } from './code-line.js';
import { useTokens } from './use-tokens.js';

/** Code in its colours, as soon as they are known: until then, and where the language is not, it is plain. */
export function Code({ text, language }: { text: string; language: string | undefined }) {
  const tokens = useTokens(text, language);
  const lines = useMemo(() => text.split('\n'), [text]);
  const before = useMemo(
    () => (tokens && tokens.of !== text ? tokens.of.split('\n') : undefined),
    [tokens, text],
  );
  if (!tokens) return <Seen text={text} />;
  return (
    <>
      {Array.from(lines.entries(), ([index, line]) => {
        const fits = !before || before[index] === line;
        return (
          <Fragment key={index}>
            <CodeLine text={line} tokens={fits ? tokens.lines[index] : undefined} />
            {index < lines.length - 1 && '\n'}
          </Fragment>
        );
      })}
    </>
  );
}
