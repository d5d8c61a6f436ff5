/** A node of the tree that markdown is read into (mdast), as far as it is looked at here. */
interface Node {
  type: string;
  value?: string;
  url?: string;
  title?: string | null;
  identifier?: string;
  label?: string | null;
  lang?: string | null;
  meta?: string | null;
  align?: (string | null)[] | null;
  children?: Node[];
  position?: { start: { offset?: number }; end: { offset?: number } };
  data?: { hProperties?: Record<string, unknown> };
}

/**
 * Markdown takes some of what is written out of sight: HTML, definitions, images, cells that the head of a table has not,
 * what stands behind the language of a block of code. People approve what they read, so that all of it stays text.
 * Links lead to other sites alone: a path within a project is one of the runner's machine and not of this page.
 */
export function keepAllText() {
  return (tree: object, file: { value: unknown }): void => keepBelow(tree as Node, String(file.value));
}

function keepBelow(parent: Node, source: string): void {
  if (!parent.children) return;
  if (parent.type === 'table') widen(parent);
  const inLine = isInLine(parent);
  parent.children = parent.children.flatMap((node) => {
    keepBelow(node, source);
    return keep(node, source, inLine);
  });
}

/** What stands in a node's place; what it has within was looked at before. */
function keep(node: Node, source: string, inLine: boolean): Node[] {
  const written = source.slice(node.position?.start.offset, node.position?.end.offset);
  const asWritten = (words: string): Node[] => [inLine ? text(words) : verbatim(words)];
  switch (node.type) {
    case 'html':
      return asWritten(node.value ?? '');
    case 'definition':
    case 'image':
    case 'imageReference':
    case 'linkReference':
    case 'footnoteReference':
      return asWritten(written);
    case 'table':
      return cellsOf(node) > mostCells ? asWritten(written) : [node];
    case 'footnoteDefinition':
      return [verbatim(`[^${node.label ?? node.identifier}]:`), ...(node.children ?? [])];
    case 'link':
      return keepLink(node);
    case 'code': {
      const info = [node.lang, node.meta].filter((word) => word).join(' ');
      return [{ ...node, data: { hProperties: { dataInfo: info || undefined } } }];
    }
    case 'listItem': {
      // Items are counted from the first, whatever number is written before them.
      const [number] = /^\d+/.exec(written) ?? [];
      return [{ ...node, data: { hProperties: { value: number } } }];
    }
    default:
      return [node];
  }
}

function keepLink(node: Node): Node[] {
  const { url = '', title, children = [] } = node;
  const behind = title ? [text(` “${title}”`)] : [];
  if (/^mailto:/i.test(url)) return [node, ...behind];
  if (/^https?:\/\//i.test(url)) {
    const place = realPlace(url, written(children));
    return [node, ...(place === undefined ? [] : [text(` (${place})`)]), ...behind];
  }
  const address = written(children) === url ? [] : [text(` (${url})`)];
  return [...children, ...address, ...behind];
}

/** Words that name a server, e.g. `https://a.example/b` or `a.example`. */
const address = /^(?:https?:\/\/)?(?<host>(?:[^\s/.:?#@]+\.)+[^\s/.:?#@]{2,})(?:[/:?#@]\S*)?$/i;

/** The server that a link leads to, where its words name another one, or name it in letters that look like others. */
function realPlace(url: string, words: string): string | undefined {
  let real: URL;
  try {
    real = new URL(url);
  } catch {
    return undefined;
  }
  const { host } = real;
  const named = address.exec(words.trim())?.groups?.host?.toLowerCase();
  // Also of a file, whose name may be one of a server: a path may end in any name.
  const isOther = named !== undefined && bare(named) !== bare(real.hostname);
  const isDressed = /(?:^|\.)xn--/.test(host) && !words.includes(host);
  return isOther || isDressed || real.username !== '' ? host : undefined;
}

const bare = (host: string) => host.replace(/^www\./, '');

/** A table is drawn with every cell, also those that its rows lack: 64 KB of text can make 13 million. */
const mostCells = 20_000;
const cellsOf = ({ children = [], align }: Node) => children.length * (align?.length ?? 0);

/** As many columns as the longest row has. */
function widen(table: Node): void {
  const rows = table.children ?? [];
  const columns = Math.max(...rows.map(({ children }) => children?.length ?? 0));
  const [head] = rows;
  while (head?.children && head.children.length < columns)
    head.children.push({ type: 'tableCell', children: [] });
  table.align = Array.from({ length: columns }, (_, column) => table.align?.[column] ?? null);
}

const isInLine = ({ type }: Node) =>
  ['paragraph', 'heading', 'tableCell', 'emphasis', 'strong', 'delete', 'link'].includes(type);
const text = (value: string): Node => ({ type: 'text', value });
/** A paragraph that keeps its lines. */
const verbatim = (value: string): Node => ({
  type: 'paragraph',
  children: [text(value)],
  data: { hProperties: { className: ['verbatim'] } },
});
const written = (nodes: Node[]): string =>
  nodes.map(({ value, children }) => value ?? written(children ?? [])).join('');
