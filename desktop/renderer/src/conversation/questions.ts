import type { JsonObject } from '@agentfleet/contract';
import { isObject, textAt } from './payload.js';

/** One of the questions that Claude asks with its tool AskUserQuestion. */
export interface AskedQuestion {
  question: string;
  /** What it is about, in a word or two. */
  header: string | undefined;
  options: { label: string; description: string | undefined }[];
  /** Whether several options may be chosen. */
  isMultiple: boolean;
}

/** More than any person answers at once. */
const most = { questions: 12, options: 24, characters: 2_000 };

/**
 * The questions of a call.
 * @returns undefined when it is another tool, or its input is not as Claude Code makes it: then nothing is guessed
 */
export function questionsOf(tool: string, input: JsonObject): AskedQuestion[] | undefined {
  const { questions } = input;
  if (tool !== 'AskUserQuestion' || !Array.isArray(questions)) return undefined;
  if (questions.length === 0 || questions.length > most.questions) return undefined;
  const read = questions.map(questionOf).filter((one) => one !== undefined);
  // An answer goes by the text of its question.
  const texts = new Set(read.map(({ question }) => question));
  return read.length === questions.length && texts.size === read.length ? read : undefined;
}

/** The plan that Claude wants to carry out, as markdown; undefined when it is another tool, or there is none. */
export function planOf(tool: string, input: JsonObject): string | undefined {
  const plan = tool === 'ExitPlanMode' ? textAt(input, 'plan') : undefined;
  return plan?.trim() === '' ? undefined : plan;
}

function questionOf(value: unknown): AskedQuestion | undefined {
  if (!isObject(value) || !Array.isArray(value.options)) return undefined;
  const question = wordsAt(value, 'question');
  const options = value.options.map(optionOf).filter((one) => one !== undefined);
  const labels = new Set(options.map(({ label }) => label));
  const isWhole =
    options.length === value.options.length &&
    labels.size === options.length &&
    options.length > 0 &&
    options.length <= most.options;
  if (question === undefined || !isWhole) return undefined;
  return { question, header: wordsAt(value, 'header'), options, isMultiple: value.multiSelect === true };
}

function optionOf(value: unknown): AskedQuestion['options'][number] | undefined {
  if (!isObject(value)) return undefined;
  const label = wordsAt(value, 'label');
  return label === undefined ? undefined : { label, description: wordsAt(value, 'description') };
}

function wordsAt(value: JsonObject, name: string): string | undefined {
  const text = textAt(value, name);
  return text === undefined || text.trim() === '' || text.length > most.characters ? undefined : text;
}
