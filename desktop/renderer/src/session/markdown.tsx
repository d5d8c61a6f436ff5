import ReactMarkdown, { type Components } from 'react-markdown';
import rehypeSanitize from 'rehype-sanitize';
import remarkGfm from 'remark-gfm';
import { ScrollPre } from '../ui/scroll-pre.js';

const components: Components = {
  // No image is ever loaded: its address alone would tell somebody that it was read.
  img: ({ alt, src }) => <span className="text-soft">[image: {alt || String(src ?? '')}]</span>,
  pre: ({ children }) => <ScrollPre>{children}</ScrollPre>,
  a: ({ href, children }) => (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  ),
};

/** An assistant's text; HTML in it stays text, and what markdown makes of it is sanitised. */
export function Markdown({ text }: { text: string }) {
  return (
    <div className="prose" dir="auto">
      <ReactMarkdown remarkPlugins={[remarkGfm]} rehypePlugins={[rehypeSanitize]} components={components}>
        {text}
      </ReactMarkdown>
    </div>
  );
}
