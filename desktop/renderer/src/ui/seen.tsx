import { hiddenIn } from '@agentfleet/contract';
import { Fragment, type ReactNode } from 'react';
import { characterName } from './character-names.js';

/** A text with what nobody sees in it as marked boxes: invisible characters, and those that turn the text around. */
export function Seen({ text }: { text: string }): ReactNode {
  const hidden = hiddenIn(text);
  if (hidden.length === 0) return text;
  let at = 0;
  const parts = hidden.map((one) => {
    const before = text.slice(at, one.at);
    at = one.at + String.fromCodePoint(text.codePointAt(one.at) ?? 0).length;
    return (
      <Fragment key={one.at}>
        {before}
        <HiddenBox code={one.code} />
      </Fragment>
    );
  });
  return (
    <>
      {parts}
      {text.slice(at)}
    </>
  );
}

function HiddenBox({ code }: { code: string }) {
  const name = characterName(code);
  return (
    <span className="hidden-character" title={`${code}: a character that is not seen`}>
      {name}
    </span>
  );
}
