/** Longest text that is read as markdown, characters: what is longer is data, not prose. */
const longest = 100_000;

/** Levels of lists and quotations in one line that no person writes; each is a call of a parser that ends with its stack, after minutes. */
const deepest = 11;

/**
 * What a parser of markdown looks back from over all that came before, so that it takes long where there are very many:
 * 8,000 closing brackets took it 1.3 s, 5,300 quotations 3 s, four times as many a minute.
 */
interface Counts {
  /** A `]` looks for the `[` of its link. */
  brackets: number;
  /** Signs that may begin or end emphasis. */
  emphasis: number;
  /** Items of lists and levels of quotations, and lines that go on with one. */
  containers: number;
  /** Rows of tables. */
  rows: number;
  /** Not between fences. */
  lines: number;
}

const none: Counts = { brackets: 0, emphasis: 0, containers: 0, rows: 0, lines: 0 };
const mostInAll: Counts = { brackets: 6_000, emphasis: 10_000, containers: 2_000, rows: 2_000, lines: 5_000 };
const mostInParagraph: Counts = { ...mostInAll, brackets: 2_000, emphasis: 2_000 };
const kinds = Object.keys(none) as (keyof Counts)[];

/** What stands before a line’s words where it is in lists or quotations. */
const containers = /^[ \t]*(?:(?:>|(?:[*+-]|\d{1,9}[.)])(?=[ \t]|$))[ \t]*)+/;
const marks = /[>*+-]|\d+[.)]/g;
/** Begins a paragraph also where no empty line stands before it. */
const newItem = /^ {0,3}[*+-] {1,4}\S/;
/** With a `-` in it such a line may be the one below the head of a table: every line from there to an empty one is a row. */
const delimiters = /^[-|:>*+.)\d \t]+$/;
const fence = /^(?<mark>`{3,}(?=[^`]*$)|~{3,})/;

/** Whether a text would keep the page busy, or be the end of it, as markdown: nobody wrote it for people, and it is shown as it is. */
export function isTooHeavy(text: string): boolean {
  if (text.length > longest) return true;
  const all = { ...none };
  let paragraph = { ...none };
  let isTable = false;
  let isWithin = false;
  for (const line of prose(text)) {
    const isEmpty = line.trim() === '';
    if (isEmpty || newItem.test(line)) paragraph = { ...none };
    isTable = !isEmpty && (isTable || (line.includes('-') && delimiters.test(line)));
    const levels = containers.exec(line)?.[0].match(marks)?.length ?? 0;
    isWithin = !isEmpty && (isWithin || levels > 0);
    const found = {
      ...signsOf(line),
      containers: Math.max(levels, Number(isWithin)),
      rows: Number(isTable),
      lines: 1,
    };
    if (found.containers > deepest) return true;
    for (const kind of kinds) {
      all[kind] += found[kind];
      paragraph[kind] += found[kind];
      if (all[kind] > mostInAll[kind] || paragraph[kind] > mostInParagraph[kind]) return true;
    }
  }
  return false;
}

function signsOf(line: string) {
  let brackets = 0;
  let emphasis = 0;
  for (const sign of line) {
    if (sign === ']') brackets += 1;
    else if (sign === '*' || sign === '_' || sign === '~') emphasis += 1;
  }
  return { brackets, emphasis };
}

/** The lines but for code between fences. HTML may hide a fence from the parser, so that beside it every line counts. */
function* prose(text: string): Generator<string> {
  const mayHide = /^ {0,3}</m.test(text);
  let open: string | undefined;
  for (const line of text.split(/\r\n?|\n/)) {
    const mark = fence.exec(line)?.groups?.mark;
    if (open !== undefined && !mayHide) {
      if (mark?.startsWith(open) && line.trim() === mark) open = undefined;
      continue;
    }
    open = mark;
    if (open === undefined || mayHide) yield line;
  }
}
