import type { AskedQuestion } from '../../conversation/questions.js';
import { Seen } from '../../ui/seen.js';

interface Props {
  questions: readonly AskedQuestion[];
  /** By the text of the question; null where they are not known. */
  answers: Readonly<Record<string, string>> | null;
}

/** What Claude asked, and what was answered, or could be. */
export function Questions({ questions, answers }: Props) {
  return (
    <dl className="flex flex-col gap-2 px-3 py-2">
      {questions.map(({ question, options }) => {
        const answer = answers && Object.hasOwn(answers, question) ? answers[question] : undefined;
        return (
          <div key={question} dir="auto" className="[overflow-wrap:anywhere]">
            <dt>
              <Seen text={question} />
            </dt>
            <dd className={answer === undefined ? 'text-soft' : 'font-medium'}>
              <Seen text={answer ?? options.map(({ label }) => label).join(' · ')} />
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
