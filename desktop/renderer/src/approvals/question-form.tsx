import { withHiddenSpelled } from '@agentfleet/contract';
import { type FormEvent, type KeyboardEvent, useId, useState } from 'react';
import type { AskedQuestion } from '../conversation/questions.js';
import { Seen } from '../ui/seen.js';
import { AnswerButton } from './answer-button.js';
import { answersOf, answerTo, choose, chooseOther, type Filled, readFilled } from './answers.js';
import { TimeLeft } from './time-left.js';
import type { Decide } from './use-decide.js';

interface Props {
  expiresAt: string;
  questions: readonly AskedQuestion[];
  /** What was filled in so far. */
  stored: string;
  onStore: (stored: string) => void;
  sending: Decide | undefined;
  /** What was pressed, and is asked once more. */
  again: 'once' | 'session' | undefined;
  onDecide: (decision: Decide) => void;
  onExplain: () => void;
  /** See AnswerButton. */
  about?: string | undefined;
}

/** Claude's questions with their options, and room for words of one's own; what is filled in outlives the page. */
export default function QuestionForm(props: Props) {
  const { expiresAt, questions, stored, onStore, sending, again, about, onDecide, onExplain } = props;
  const filled = readFilled(stored, questions);
  const [tried, setTried] = useState(false);
  const isOff = sending !== undefined;
  const answer =
    sending?.decision === 'allow' ? 'Sending…' : again ? 'Answer what is not seen, too?' : 'Answer';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const answers = answersOf(questions, filled);
    setTried(true);
    if (answers) onDecide({ decision: 'allow', answers });
  };
  const onKeyDown = (event: KeyboardEvent<HTMLFormElement>) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.currentTarget.requestSubmit();
  };
  const fill = (at: number, next: Filled) =>
    onStore(JSON.stringify(filled.map((one, index) => (index === at ? next : one))));
  return (
    <form onSubmit={submit} onKeyDown={onKeyDown} className="flex flex-col gap-4" noValidate>
      {questions.map((question, index) => {
        const one = filled[index];
        return (
          one && (
            <Question
              key={question.question}
              question={question}
              filled={one}
              isMissing={tried && answerTo(question, one) === undefined}
              onFill={(next) => fill(index, next)}
            />
          )
        );
      })}
      <div className="flex flex-wrap items-center gap-2">
        <button
          type="submit"
          className="button primary"
          aria-disabled={isOff}
          aria-label={about === undefined ? undefined : `${answer}: ${about}`}
          title="Ctrl or ⌘ + Enter"
        >
          {answer}
        </button>
        <AnswerButton
          name="Deny"
          look="danger"
          isSending={sending?.decision === 'deny'}
          isOff={isOff}
          about={about}
          onPress={() => onDecide({ decision: 'deny' })}
        />
        <AnswerButton
          name="Deny with a reason…"
          look="quiet"
          isSending={false}
          isOff={isOff}
          about={about}
          onPress={() => !isOff && onExplain()}
        />
        <TimeLeft expiresAt={expiresAt} />
      </div>
    </form>
  );
}

interface QuestionProps {
  question: AskedQuestion;
  filled: Filled;
  /** It was sent without an answer to this one. */
  isMissing: boolean;
  onFill: (filled: Filled) => void;
}

function Question({ question, filled, isMissing, onFill }: QuestionProps) {
  const name = useId();
  const type = question.isMultiple ? 'checkbox' : 'radio';
  const { chosen, other, takesOther } = filled;
  return (
    <fieldset
      className="flex min-w-0 flex-col gap-1.5"
      aria-describedby={isMissing ? `${name}-missing` : undefined}
    >
      <legend dir="auto" className="mb-1.5 font-medium [overflow-wrap:anywhere]">
        {question.header && (
          <span className="tag mr-2 !bg-raised align-[1px]">
            <Seen text={question.header} />
          </span>
        )}
        <Seen text={question.question} />
        {question.isMultiple && <span className="font-normal text-soft"> Several may be chosen.</span>}
      </legend>
      {Array.from(question.options.entries(), ([place, { label, description }]) => (
        <label key={label} className="choice-card !py-2">
          <input
            type={type}
            name={name}
            className="mt-1 shrink-0"
            checked={chosen.includes(place) && (question.isMultiple || !takesOther)}
            onChange={() => onFill(choose(question, filled, place))}
          />
          <span dir="auto" className="min-w-0 [overflow-wrap:anywhere]">
            <span className="block font-medium">
              <Seen text={label} />
            </span>
            {description && (
              <span className="text-soft">
                <Seen text={description} />
              </span>
            )}
          </span>
        </label>
      ))}
      <div className="choice-card !py-2">
        <input
          type={type}
          name={name}
          className="mt-2 shrink-0"
          aria-label="Other"
          checked={takesOther}
          onChange={(event) => onFill(chooseOther(question, filled, event.target.checked))}
        />
        <textarea
          className="field max-h-40 min-h-[34px] resize-none [field-sizing:content]"
          rows={1}
          maxLength={2_000}
          dir="auto"
          aria-label={withHiddenSpelled(`Other: ${question.question}`)}
          placeholder="Other: in your own words"
          value={other}
          onChange={({ target }) =>
            onFill({ ...chooseOther(question, filled, target.value.trim() !== ''), other: target.value })
          }
        />
      </div>
      {isMissing && (
        <p id={`${name}-missing`} role="alert" className="text-bad">
          Choose an answer, or write one.
        </p>
      )}
    </fieldset>
  );
}
