import { isValidElement, memo, type ReactNode } from 'react';
import ReactMarkdown, { type Components } from 'react-markdown';
import rehypeSanitize from 'rehype-sanitize';
import remarkGfm from 'remark-gfm';
import { languageNamed } from '../conversation/language.js';
import { ScrollPre } from '../ui/scroll-pre.js';
import { CopyIcon } from './copy-icon.js';
import { Code } from './highlight/code.js';
import { LongText } from './long-text.js';

const components: Components = {
  // No image is ever loaded: its address alone would tell somebody that it was read.
  img: ({ alt, src }) => <span className="text-soft">[image: {alt || String(src ?? '')}]</span>,
  pre: ({ children }) => <Fenced>{children}</Fenced>,
  a: ({ href, children }) => (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  ),
};

/** Longest text that is read as markdown, characters: what is longer is data, not prose. */
const longest = 100_000;

/** An assistant's text; HTML in it stays text, and what markdown makes of it is sanitised. */
export const Markdown = memo(function Markdown({ text }: { text: string }) {
  if (text.length > longest) return <LongText text={text} />;
  return (
    <div className="prose" dir="auto">
      <ReactMarkdown remarkPlugins={[remarkGfm]} rehypePlugins={[rehypeSanitize]} components={components}>
        {text}
      </ReactMarkdown>
    </div>
  );
});

/** A fenced block: its language is the class of the code element in it. */
function Fenced({ children }: { children: ReactNode }) {
  const code = isValidElement<{ className?: string; children?: ReactNode }>(children)
    ? children.props
    : undefined;
  const text = String(code?.children ?? '').replace(/\n$/, '');
  const language = languageNamed(/language-(\S+)/.exec(code?.className ?? '')?.[1] ?? '');
  return (
    <div className="code-block">
      <ScrollPre dir="ltr">
        <code>
          <Code text={text} language={language} />
        </code>
      </ScrollPre>
      <CopyIcon text={text} className="copy" />
    </div>
  );
}
