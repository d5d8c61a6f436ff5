import type { Approval } from '@agentfleet/contract';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { useMay } from '../app/signed-in.js';
import { ErrorNote } from '../ui/notes.js';
import { useNow } from '../ui/use-now.js';
import { useStoredText } from '../ui/use-stored-text.js';
import { ClosedLine } from './closed-line.js';
import { DenyReason } from './deny-reason.js';
import { useTellSight } from './sight.js';
import { useDecide } from './use-decide.js';
import { timeLeft } from './words.js';

interface Props {
  approval: Approval;
}

/**
 * Where a person allows or denies a tool; once that is done, what became of it. Ctrl or ⌘ + Enter allows while the
 * focus is in it: a key alone would too easily be hit by who thinks to be typing.
 */
export function ApprovalPanel({ approval }: Props) {
  const { state, message } = approval;
  const waits = state === 'waiting';
  const panel = useRef<HTMLElement>(null);
  const mayDecide = useMay('runs:write');
  useTellSight(panel, approval.id);
  const [reason, setReason] = useStoredText(`agentfleet.draft.deny.${approval.id}`);
  useEffect(() => {
    if (!waits) setReason('');
  }, [waits, setReason]);
  const decide = useDecide(approval, () => {
    // The buttons go; who used them by keyboard stays where they were.
    if (panel.current?.contains(document.activeElement)) panel.current.focus({ preventScroll: true });
  });
  const onKeyDown = (event: KeyboardEvent) => {
    // A form in it sends what it says.
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return;
    if (!waits || !mayDecide) return;
    event.preventDefault();
    if (!decide.isPending) decide.mutate({ decision: 'allow' });
  };
  return (
    <section
      onKeyDown={onKeyDown}
      ref={panel}
      tabIndex={-1}
      aria-label={`${waits ? 'Waiting for you' : 'Permission'}: ${message}`}
      data-approval={approval.id}
      data-waits={waits || undefined}
      className="approval"
    >
      {!waits && <ClosedLine {...approval} at={approval.decidedAt} />}
      {waits && mayDecide && (
        <Choices
          approval={approval}
          decide={decide}
          reason={reason}
          onReason={setReason}
          onBack={() => panel.current?.focus({ preventScroll: true })}
        />
      )}
      {waits && !mayDecide && (
        <div className="flex flex-wrap items-baseline gap-x-4">
          <p>This key may only read: someone with a key that may run sessions has to allow or deny it.</p>
          <TimeLeft expiresAt={approval.expiresAt} />
        </div>
      )}
      <ErrorNote error={decide.error} />
    </section>
  );
}

interface ChoicesProps {
  approval: Approval;
  decide: ReturnType<typeof useDecide>;
  /** Of a denial that is being written. */
  reason: string;
  onReason: (reason: string) => void;
  /** The focus needs another place. */
  onBack: () => void;
}

function Choices({ approval, decide, reason, onReason, onBack }: ChoicesProps) {
  const { tool, sessionGrant, expiresAt } = approval;
  const granted = useId();
  // A reason that was begun is there again when one scrolls back; only who asks for the field gets the focus in it.
  const [explains, setExplains] = useState<'no' | 'again' | 'asked'>(reason === '' ? 'no' : 'again');
  const sending = decide.isPending ? decide.variables : undefined;
  const send = (decision: Parameters<typeof decide.mutate>[0]) => {
    if (!decide.isPending) decide.mutate(decision);
  };
  if (explains !== 'no') {
    return (
      <DenyReason
        reason={reason}
        onReason={onReason}
        takeFocus={explains === 'asked'}
        isSending={sending !== undefined}
        onDeny={() => send(reason.trim() === '' ? { decision: 'deny' } : { decision: 'deny', reason })}
        onBack={() => {
          onBack();
          setExplains('no');
        }}
      />
    );
  }
  return (
    <div className="flex flex-col gap-2.5">
      <p className="flex flex-wrap items-baseline gap-x-3">
        <span className="font-medium">Claude asks to use {tool}</span>
        <TimeLeft expiresAt={expiresAt} />
      </p>
      <div className="flex flex-wrap gap-2">
        <Answer
          name="Allow"
          look="primary"
          isSending={sending?.decision === 'allow' && sending.forSession !== true}
          isOff={sending !== undefined}
          title="Ctrl or ⌘ + Enter"
          onPress={() => send({ decision: 'allow' })}
        />
        {sessionGrant !== null && (
          <Answer
            name="Allow for this session"
            isSending={sending?.forSession === true}
            isOff={sending !== undefined}
            describedBy={granted}
            onPress={() => send({ decision: 'allow', forSession: true })}
          />
        )}
        <Answer
          name="Deny"
          look="danger"
          isSending={sending?.decision === 'deny'}
          isOff={sending !== undefined}
          onPress={() => send({ decision: 'deny' })}
        />
        <Answer
          name="Deny with a reason…"
          look="quiet"
          isSending={false}
          isOff={sending !== undefined}
          onPress={() => setExplains('asked')}
        />
      </div>
      {sessionGrant !== null && (
        <p id={granted} className="text-soft [overflow-wrap:anywhere]">
          For this session allows <code className="mono text-ink">{sessionGrant}</code> until it ends, without
          asking again.
        </p>
      )}
    </div>
  );
}

interface AnswerProps {
  name: string;
  look?: string;
  isSending: boolean;
  /** Something is being sent already. */
  isOff: boolean;
  title?: string;
  describedBy?: string;
  onPress: () => void;
}

/** Stays focusable while it is sent: the focus must not be lost for a moment. */
export function Answer({ name, look = '', isSending, isOff, title, describedBy, onPress }: AnswerProps) {
  return (
    <button
      type="button"
      className={`button ${look}`}
      aria-disabled={isOff}
      aria-describedby={describedBy}
      title={title}
      onClick={onPress}
    >
      {isSending ? 'Sending…' : name}
    </button>
  );
}

export function TimeLeft({ expiresAt }: { expiresAt: string }) {
  const now = useNow(10_000);
  return (
    <span
      className="text-soft tabular-nums"
      title={`Denied by itself at ${new Date(expiresAt).toLocaleString()}`}
    >
      {timeLeft(expiresAt, now)}, then it is denied
    </span>
  );
}
