import type { Approval } from '@agentfleet/contract';
import { useId } from 'react';
import { planOf } from '../conversation/questions.js';
import { Seen } from '../ui/seen.js';
import { AnswerButton } from './answer-button.js';
import { dangerOf } from './danger.js';
import { DangerMark } from './danger-mark.js';
import { Grant } from './grant.js';
import { TimeLeft } from './time-left.js';
import type { Decide } from './use-decide.js';

interface Props {
  approval: Approval;
  /** See ApprovalPanel. */
  cwd: string | undefined;
  isMarked: boolean;
  /** What is being sent right now. */
  sending: Decide | undefined;
  /** What was pressed, and is asked once more. */
  again: 'once' | 'session' | undefined;
  /** How it is asked once more. */
  askAgain: string;
  onDecide: (decision: Decide) => void;
  onExplain: () => void;
  /** See AnswerButton. */
  about?: string | undefined;
}

/** What may be said to a tool that waits. */
export function Choices({
  approval,
  cwd,
  isMarked,
  sending,
  again,
  askAgain,
  about,
  onDecide,
  onExplain,
}: Props) {
  const { tool, expiresAt } = approval;
  // What is hard to undo is asked each time.
  const sessionGrant = dangerOf(approval, cwd).level === 'high' ? null : approval.sessionGrant;
  const words = wordsOf(approval);
  const granted = useId();
  const isOff = sending !== undefined;
  return (
    <div className="flex flex-col gap-2.5">
      <p className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <span className="font-medium">
          <Seen text={words.heading ?? `Claude asks to use ${tool}`} />
        </span>
        {cwd !== undefined && !isMarked && <DangerMark approval={approval} cwd={cwd} />}
        <TimeLeft expiresAt={expiresAt} />
      </p>
      <div className="flex flex-wrap gap-2">
        <AnswerButton
          name={again === 'once' ? askAgain : words.allow}
          look="primary"
          isSending={sending?.decision === 'allow' && sending.forSession !== true}
          isOff={isOff}
          about={about}
          title="Ctrl or ⌘ + Enter"
          onPress={() => onDecide({ decision: 'allow' })}
        />
        {sessionGrant !== null && (
          <AnswerButton
            name={again === 'session' ? askAgain : words.allowForSession}
            isSending={sending?.forSession === true}
            isOff={isOff}
            about={about}
            describedBy={granted}
            onPress={() => onDecide({ decision: 'allow', forSession: true })}
          />
        )}
        <AnswerButton
          name={words.deny}
          look="danger"
          isSending={sending?.decision === 'deny'}
          isOff={isOff}
          about={about}
          onPress={() => onDecide({ decision: 'deny' })}
        />
        <AnswerButton
          name={words.explain}
          look="quiet"
          isSending={false}
          isOff={isOff}
          about={about}
          onPress={() => !isOff && onExplain()}
        />
      </div>
      {sessionGrant !== null && (
        <p id={granted} className="text-soft [overflow-wrap:anywhere]">
          “For this session” allows <Grant of={sessionGrant} /> until it ends, without asking again.
        </p>
      )}
    </div>
  );
}

/** What the answers are called. */
export function wordsOf({ tool, input }: Approval) {
  const heading =
    tool === 'AskUserQuestion' ? 'Claude has a question, in a form that is new here' : undefined;
  if (planOf(tool, input) !== undefined) {
    return {
      heading: 'Claude has a plan and asks to carry it out',
      allow: 'Approve the plan',
      allowForSession: 'Approve for this session',
      deny: 'Keep planning',
      explain: 'Keep planning, and say why…',
      why: 'What should be different?',
    };
  }
  return {
    heading,
    allow: 'Allow',
    allowForSession: 'Allow for this session',
    deny: 'Deny',
    explain: 'Deny with a reason…',
    why: 'What should Claude do instead?',
  };
}
