import type { Brief } from '../../conversation/brief.js';
import { ScrollBox, ScrollPre } from '../../ui/scroll-pre.js';
import { Seen } from '../../ui/seen.js';
import { Code } from '../highlight/code.js';
import { LongText } from '../long-text.js';
import { Markdown } from '../markdown.js';

/** What a tool was given. */
export function BriefView({ brief }: { brief: Brief }) {
  const { facts, texts, rest, isProse } = brief;
  return (
    <>
      {facts.length > 0 && (
        <dl className="brief">
          {facts.map(({ name, value }) => (
            <div key={name}>
              <dt>
                <Seen text={name} />
              </dt>
              <dd dir="auto">
                <Seen text={value} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      {texts.map(({ name, text }) => (
        <section key={name} className="brief-text">
          <h4>
            <Seen text={name} />
          </h4>
          {isProse ? <Prose text={text} /> : <LongText text={text} className="!whitespace-pre-wrap !p-0" />}
        </section>
      ))}
      {rest && (
        <ScrollPre className="mono max-h-80 overflow-auto whitespace-pre-wrap border-line border-t bg-sunken px-3 py-2 [overflow-wrap:anywhere] first:border-t-0">
          <Code text={JSON.stringify(rest, null, 2)} language="json" />
        </ScrollPre>
      )}
    </>
  );
}

/** What is said in sentences, no higher than a part of the screen. */
export function Prose({ text }: { text: string }) {
  return (
    <ScrollBox className="max-h-96 overflow-y-auto">
      <Markdown text={text} />
    </ScrollBox>
  );
}
