import * as z from 'zod';
import type { AskedQuestion } from '../conversation/questions.js';

/** What is filled in for one question. */
const Filled = z.object({
  /** Places of the options that are chosen. */
  chosen: z.array(z.int().nonnegative()).catch([]),
  /** The words of one's own, kept also while they do not count. */
  other: z.string().catch(''),
  /** Whether they count. */
  takesOther: z.boolean().catch(false),
});
export type Filled = z.infer<typeof Filled>;

const empty: Filled = { chosen: [], other: '', takesOther: false };

/** What was kept of a form; what it cannot mean for these questions is empty. */
export function readFilled(stored: string, questions: readonly AskedQuestion[]): Filled[] {
  const kept = z.array(Filled.catch(empty)).catch([]).parse(parseJson(stored));
  return questions.map(({ options }, index) => {
    const { chosen, ...rest } = kept[index] ?? empty;
    return { ...rest, chosen: chosen.filter((place) => place < options.length) };
  });
}

/** A question with an option chosen or let go; where one alone may be chosen it takes the place of the other. */
export function choose({ isMultiple }: AskedQuestion, filled: Filled, place: number): Filled {
  if (!isMultiple) return { ...filled, chosen: [place], takesOther: false };
  const chosen = filled.chosen.includes(place)
    ? filled.chosen.filter((other) => other !== place)
    : [...filled.chosen, place].sort((one, other) => one - other);
  return { ...filled, chosen };
}

/** A question with one's own words taken or let go. */
export function chooseOther({ isMultiple }: AskedQuestion, filled: Filled, takesOther: boolean): Filled {
  return { ...filled, takesOther, chosen: isMultiple ? filled.chosen : [] };
}

/** What is said to a question: the labels in their order, then one's own words; undefined while that is nothing. */
export function answerTo(
  { options }: AskedQuestion,
  { chosen, other, takesOther }: Filled,
): string | undefined {
  const labels = chosen.map((place) => options[place]?.label).filter((label) => label !== undefined);
  const own = takesOther && other.trim() !== '' ? [other.trim()] : [];
  return [...labels, ...own].join(', ') || undefined;
}

/** The answers by the text of their question; undefined while one is missing. */
export function answersOf(
  questions: readonly AskedQuestion[],
  filled: readonly Filled[],
): Record<string, string> | undefined {
  const answers = questions.map((question, index) => answerTo(question, filled[index] ?? empty));
  if (answers.some((answer) => answer === undefined)) return undefined;
  return Object.fromEntries(questions.map(({ question }, index) => [question, answers[index] ?? '']));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
