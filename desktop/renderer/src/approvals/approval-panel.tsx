import { type Approval, withHiddenSpelled } from '@agentfleet/contract';
import { type KeyboardEvent, lazy, Suspense, useEffect, useRef, useState } from 'react';
import { patiently } from '../base/patiently.js';
import { useMayAct } from '../base/signed-in.js';
import { useForgetUnanswered } from '../base/use-server-back.js';
import { questionsOf } from '../conversation/questions.js';
import { useAskedSight } from '../ui/asked-sight.js';
import { ErrorNote } from '../ui/notes.js';
import { useStoredText } from '../ui/use-stored-text.js';
import { Choices, wordsOf } from './choices.js';
import { ClosedLine } from './closed-line.js';
import { DenyReason } from './deny-reason.js';
import { useTellSight } from './sight.js';
import { TimeLeft } from './time-left.js';
import { Unseen } from './unseen.js';
import { type Decide, useDecide } from './use-decide.js';
import { askedWords } from './words.js';

// Few sessions ask questions.
const QuestionForm = lazy(patiently(() => import('./question-form.js')));

interface Props {
  approval: Approval;
  /** Tells its buttons from those of others, where several stand in one list: the session’s title. */
  about?: string;
  /** Of the session, where that is known. */
  cwd?: string;
  /** What stands beside it says how dangerous it is. */
  isMarked?: boolean;
}

/**
 * Where a person allows or denies a tool; once that is done, what became of it. Ctrl or ⌘ + Enter allows while the
 * focus is in it: a key alone would too easily be hit by who thinks to be typing.
 */
export function ApprovalPanel({ approval, about, cwd, isMarked = false }: Props) {
  const { id, state, input } = approval;
  const waits = state === 'waiting';
  const panel = useRef<HTMLElement>(null);
  const mayDecide = useMayAct();
  const [reason, setReason] = useStoredText(`agentfleet.draft.deny.${id}`);
  const [answers, setAnswers] = useStoredText(`agentfleet.draft.answers.${id}`);
  // A reason that was begun is there again when one scrolls back; only who asks for its field gets the focus in it.
  const [explains, setExplains] = useState<'no' | 'again' | 'asked'>(reason === '' ? 'no' : 'again');
  const questions = questionsOf(approval.tool, input);
  useTellSight(panel, id);
  useEffect(() => {
    if (waits) return;
    setReason('');
    setAnswers('');
  }, [waits, setReason, setAnswers]);
  const takeFocus = () => panel.current?.focus({ preventScroll: true });
  const decide = useDecide(approval, () => {
    // The buttons go; who used them by keyboard stays where they were.
    if (panel.current?.contains(document.activeElement)) takeFocus();
  });
  // Whether it arrived is seen by what the approval is now.
  useForgetUnanswered(decide);
  const sending = decide.isPending ? decide.variables : undefined;
  // What is not what it looks like, or was not looked at whole, is not allowed by a hand that is used to the button.
  const [again, setAgain] = useState<'once' | 'session'>();
  const hidden = [...new Set(approval.hidden?.map(({ code }) => code))];
  const isUnseen = (useAskedSight()?.unseen ?? 0) > 0;
  const askAgain =
    hidden.length > 0 ? 'Allow what is not seen, too?' : 'Allow without having seen all of it?';
  const asksAgain = hidden.length > 0 || isUnseen;
  const send = (decision: Decide) => {
    if (decide.isPending) return;
    const pressed = decision.forSession ? 'session' : 'once';
    if (decision.decision === 'allow' && asksAgain && again !== pressed) setAgain(pressed);
    else decide.mutate(decision);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // A form in it sends what it says.
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return;
    if (!waits || !mayDecide || questions || explains !== 'no') return;
    event.preventDefault();
    send({ decision: 'allow' });
  };
  const asked = askedWords(approval);
  const asking = {
    sending,
    again: asksAgain ? again : undefined,
    about: about && `${withHiddenSpelled(asked)} (${about})`,
    onDecide: send,
    onExplain: () => setExplains('asked'),
  };
  const words = wordsOf(approval);
  return (
    <section
      onKeyDown={onKeyDown}
      ref={panel}
      tabIndex={-1}
      aria-label={`${waits ? 'Waiting for you' : 'Permission'}: ${withHiddenSpelled(asked)}`}
      data-approval={id}
      data-waits={waits || undefined}
      className="approval"
    >
      {waits && <Unseen approval={approval} />}
      {waits && isCut(approval) && (
        <p className="text-bad">It is longer than what is shown: the runner cut it.</p>
      )}
      {waits && hidden.length > 0 && (
        <p className="pb-1.5 text-bad">
          It is not what it looks like: there are characters in it that nobody sees, or that turn the text
          around ({hidden.join(', ')}). Where they stand there is a box.
        </p>
      )}
      {waits && !mayDecide && (
        <div className="flex flex-wrap items-baseline gap-x-4">
          <p>This key may only read: someone with a key that may run sessions has to allow or deny it.</p>
          <TimeLeft expiresAt={approval.expiresAt} />
        </div>
      )}
      {waits && mayDecide && explains !== 'no' && (
        <DenyReason
          question={words.why}
          name={words.deny}
          reason={reason}
          onReason={setReason}
          takeFocus={explains === 'asked'}
          isSending={sending !== undefined}
          onDeny={() => send(reason.trim() === '' ? { decision: 'deny' } : { decision: 'deny', reason })}
          onBack={() => {
            takeFocus();
            setExplains('no');
          }}
        />
      )}
      {waits && mayDecide && explains === 'no' && !questions && (
        <Choices approval={approval} cwd={cwd} isMarked={isMarked} askAgain={askAgain} {...asking} />
      )}
      {waits && mayDecide && explains === 'no' && questions && (
        <Suspense fallback={<p className="text-soft">…</p>}>
          <QuestionForm
            questions={questions}
            stored={answers}
            onStore={setAnswers}
            expiresAt={approval.expiresAt}
            {...asking}
          />
        </Suspense>
      )}
      {!waits && <ClosedLine {...approval} at={approval.decidedAt} />}
      <ErrorNote error={decide.error} />
    </section>
  );
}

const isCut = ({ input }: Approval) => input.truncated !== undefined && input.truncated !== false;
