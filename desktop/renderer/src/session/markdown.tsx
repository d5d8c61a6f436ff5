import { isValidElement, memo, type ReactNode } from 'react';
import ReactMarkdown, { type Components } from 'react-markdown';
import rehypeSanitize, { defaultSchema } from 'rehype-sanitize';
import remarkGfm from 'remark-gfm';
import { languageNamed } from '../conversation/language.js';
import { ScrollBox, ScrollPre } from '../ui/scroll-pre.js';
import { Seen } from '../ui/seen.js';
import { CopyIcon } from './copy-icon.js';
import { forEveryReader } from './for-every-reader.js';
import { isTooHeavy } from './heavy-markdown.js';
import { Code } from './highlight/code.js';
import { keepAllText } from './keep-all-text.js';
import { LongText } from './long-text.js';
import { markHidden } from './mark-hidden.js';

const components: Components = {
  table: ({ children }) => (
    <ScrollBox className="table-box">
      <table>{children}</table>
    </ScrollBox>
  ),
  pre: ({ children }) => <Fenced>{children}</Fenced>,
  a: ({ href, children }) => (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  ),
};

/** What `keepAllText` leaves word of passes too. No image is ever loaded: its address would tell that it was read. */
const { attributes, tagNames } = defaultSchema;
const schema = {
  ...defaultSchema,
  tagNames: tagNames?.filter((name) => name !== 'img') ?? [],
  attributes: {
    ...attributes,
    code: [...(attributes?.code ?? []), 'dataInfo'],
    li: [...(attributes?.li ?? []), 'value'],
    p: [['className', 'verbatim']] as [string, string][],
  },
};

/** An assistant's text: all of it is seen, HTML in it is text, and what markdown makes of it is sanitised. */
export const Markdown = memo(function Markdown({ text }: { text: string }) {
  if (isTooHeavy(text)) return <LongText text={text} />;
  return (
    <div className="prose">
      <ReactMarkdown
        remarkPlugins={[[remarkGfm, { singleTilde: false }], keepAllText]}
        rehypePlugins={[[rehypeSanitize, schema], forEveryReader, markHidden]}
        components={components}
      >
        {text}
      </ReactMarkdown>
    </div>
  );
});

/** A fenced block: its language is the class of the code element in it. */
function Fenced({ children }: { children: ReactNode }) {
  const code = isValidElement<{ className?: string; 'data-info'?: string; children?: ReactNode }>(children)
    ? children.props
    : undefined;
  const text = String(code?.children ?? '').replace(/\n$/, '');
  const language = languageNamed(/language-(\S+)/.exec(code?.className ?? '')?.[1] ?? '');
  const info = code?.['data-info'];
  return (
    <div className="code-block">
      {info && (
        <p className="info">
          <Seen text={info} />
        </p>
      )}
      <ScrollPre dir="ltr">
        <code>
          <Code text={text} language={language} />
        </code>
      </ScrollPre>
      <CopyIcon text={text} of={nameOf(text)} className="copy" />
    </div>
  );
}

/** Tells a block from the others for who does not see where the button stands. */
const nameOf = (text: string) =>
  `the code that begins with ${text.trim().split('\n', 1)[0]?.slice(0, 60) ?? ''}`;
