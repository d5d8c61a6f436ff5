import type { Shape } from './shape.js';

/** Lines for a person in a hurry: what `other` has that `base` has not, and the other way round. Empty where they are alike. */
export function differences(base: Shape, other: Shape): string[] {
  return [
    ...section('Tools', sets(base.tools, other.tools)),
    ...section('Capabilities', sets(base.capabilities, other.capabilities)),
    ...section('Options of the command line', sets(base.options, other.options)),
    ...section('Commands', sets(base.commands, other.commands)),
    ...section('Control requests', changed(base.requests, other.requests)),
    ...section('Messages', messages(base, other)),
    ...section('Fields', fields(base, other)),
    ...section('How it went', changed(base.ends, other.ends)),
  ];
}

function section(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`), ''];
}

function sets(base: Set<string>, other: Set<string>): string[] {
  const [more, fewer] = [without(other, base), without(base, other)];
  return [
    ...(more.length === 0 ? [] : wrapped('+ ', more.join(', '))),
    ...(fewer.length === 0 ? [] : wrapped('- ', fewer.join(', '))),
  ];
}

/** Words in lines of a width that is read at a glance; further lines stand below the first word. */
function wrapped(begin: string, words: string): string[] {
  const lines: string[] = [];
  for (const word of words.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < 100) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`${last === undefined ? begin : ' '.repeat(begin.length)}${word}`);
  }
  return lines;
}

function changed(base: Map<string, string>, other: Map<string, string>): string[] {
  const lines: string[] = [];
  for (const [name, now] of other) {
    const before = base.get(name);
    if (before !== now) lines.push(name, `- ${before ?? 'nothing'}`, `+ ${now}`);
  }
  for (const name of without(base.keys(), other)) lines.push(name, `- ${base.get(name)}`, '+ nothing');
  return lines.map((line) => (/^[-+] /.test(line) ? `  ${line}` : line));
}

function messages(base: Shape, other: Shape): string[] {
  const where = (shape: Shape, kind: string) =>
    `${kind} (${[...(shape.messages.get(kind)?.scenarios ?? [])].slice(0, 3).join(', ')})`;
  const [before, now] = [base.messages, other.messages];
  return [
    ...without(now.keys(), before).map((kind) => `+ ${where(other, kind)}`),
    ...without(before.keys(), now).map((kind) => `- ${where(base, kind)}`),
  ];
}

/** What is said alike of several kinds of message is said once. */
function fields(base: Shape, other: Shape): string[] {
  const kindsOf = new Map<string, string[]>();
  for (const [kind, { fields: now }] of other.messages) {
    const before = base.messages.get(kind)?.fields;
    if (!before) continue;
    for (const [sign, all, known] of [['+', now, before] as const, ['-', before, now] as const]) {
      for (const field of outermost(without(all, known), known)) {
        const change = `${sign} ${field.replace(/^response\.response\./, '')}`;
        kindsOf.set(change, [...(kindsOf.get(change) ?? []), kind]);
      }
    }
  }
  const groups = new Map<string, string[]>();
  for (const [change, kinds] of kindsOf) {
    const together = kinds.join(', ');
    groups.set(together, [...(groups.get(together) ?? []), change]);
  }
  return [...groups].flatMap(([kinds, changes]) => [
    ...wrapped('', kinds),
    ...['+ ', '- '].flatMap((sign) => {
      const names = changes.filter((change) => change.startsWith(sign)).map((change) => change.slice(2));
      return names.length === 0 ? [] : wrapped(`  ${sign}`, names.join(', '));
    }),
  ]);
}

/** Fields of `all` without those inside of a field that `known` has not: that one says it. */
function outermost(all: string[], known: Set<string>): string[] {
  const inner = /(\.[^.[\]]+|\[[^\]]*\])$/;
  return all.filter((field) => !inner.test(field) || known.has(field.replace(inner, '')));
}

function without(some: Iterable<string>, others: { has(name: string): boolean }): string[] {
  return [...some].filter((name) => !others.has(name)).sort();
}
