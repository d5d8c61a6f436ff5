export interface NumberedLine {
  number: number;
  text: string;
}

/** The lines of a file as Claude's Read gives them, with their numbers in front; undefined for anything else. */
export function numberedLines(output: string): NumberedLine[] | undefined {
  const lines: NumberedLine[] = [];
  // What follows the file is said to the model.
  const file = output.split(/\n*<system-reminder>/)[0] ?? '';
  for (const line of file.replace(/\n$/, '').split('\n')) {
    const match = /^\s*(\d+)(?:→|\t)(.*)$/.exec(line);
    if (!match) return undefined;
    lines.push({ number: Number(match[1]), text: match[2] ?? '' });
  }
  return lines;
}

/** What a search found in one file. */
export interface Hit {
  file: string;
  lines: { number: number | undefined; text: string }[];
}

/** The hits of Claude's Grep and Glob, by file: names alone, or `file:line:text`. */
export function searchHits(output: string): Hit[] {
  const hits = new Map<string, Hit>();
  for (const line of output.split('\n')) {
    if (line.trim() === '' || /^Found \d+|^No (?:files|matches) found|^--$/.test(line)) continue;
    const match = /^((?:[A-Za-z]:)?[^:\n]+)[:-](\d+)[:-](.*)$/.exec(line);
    const file = match?.[1] ?? line;
    const hit = hits.get(file) ?? { file, lines: [] };
    if (match) hit.lines.push({ number: Number(match[2]), text: match[3] ?? '' });
    hits.set(file, hit);
  }
  return [...hits.values()];
}
