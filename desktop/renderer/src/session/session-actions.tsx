import { isFinal, type Run } from '@agentfleet/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Braces, CircleStop, Copy, Info, Link2, MessageSquarePlus, RotateCcw, Search } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useMay, useMayAct } from '../base/signed-in.js';
import { useTransport } from '../base/transport-context.js';
import { isOutOfReach } from '../ui/run-status.js';
import { toast } from '../ui/toasts.js';
import { OpenMenu } from './open-menu.js';

/** What is done with a session by a button or a key. */
export interface SessionDoings {
  find: () => void;
  copySession: () => void;
  copyLink: () => void;
  showRawLog: () => void;
  showDetails: () => void;
  compose: () => void;
}

interface Props extends SessionDoings {
  /** The one that goes on, or ended last. */
  run: Run;
  /** The one that is launched again. */
  again: Run;
  /** In one row for the thumb. */
  isSmall: boolean;
}

/**
 * What can be done with a thread. What goes away stands first and the rest has its place from the other side: nothing
 * comes under the pointer in its stead.
 */
export function SessionActions({ run, again, isSmall, ...act }: Props) {
  const mayRun = useMay('runs:write');
  const mayCancel = useMayAct();
  const failed = run.status === 'FAILED';
  return (
    <div role="toolbar" aria-label="Session" className="session-actions">
      {mayCancel && !isFinal(run.status) && <Cancel run={run} isSmall={isSmall} />}
      {mayRun && (
        <Link
          href={`/sessions/new?from=${again.id}`}
          className={`button ${failed ? 'primary' : 'quiet'}`}
          aria-label="Launch again"
          title="Launch again"
        >
          <RotateCcw aria-hidden="true" size={16} />
          <span className="words">Launch again</span>
        </Link>
      )}
      {mayRun && !isSmall && (
        <Tool name="Follow up" keys="i" onClick={act.compose} hasWords>
          <MessageSquarePlus aria-hidden="true" size={16} />
        </Tool>
      )}
      <OpenMenu runnerId={run.runnerId} path={run.cwd} name="Open the folder" isFolder />
      <Tool name="Copy session as markdown" keys="y" onClick={act.copySession}>
        <Copy aria-hidden="true" size={16} />
      </Tool>
      <Tool name="Copy link to the session" keys="Shift+L" onClick={act.copyLink}>
        <Link2 aria-hidden="true" size={16} />
      </Tool>
      <Tool name="Find in session" keys="/" onClick={act.find}>
        <Search aria-hidden="true" size={16} />
      </Tool>
      <Tool name="Raw log" keys="Shift+R" onClick={act.showRawLog}>
        <Braces aria-hidden="true" size={16} />
      </Tool>
      <Tool name="Details" keys="d" onClick={act.showDetails} className="xl:!hidden">
        <Info aria-hidden="true" size={16} />
      </Tool>
    </div>
  );
}

function Cancel({ run, isSmall }: { run: Run; isSmall: boolean }) {
  const transport = useTransport();
  const queries = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => transport.cancelRun(run.id),
    onError: (error) => toast({ title: 'The session was not cancelled', detail: error.message, bad: true }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['run', run.id] }),
  });
  const stopping = run.cancelRequestedAt !== null || cancel.isPending;
  const words = isOutOfReach(run) ? 'Stops when back' : 'Stopping…';
  return (
    <button
      type="button"
      className="button danger"
      aria-label={stopping ? words : 'Cancel session'}
      title={stopping ? words : 'Cancel session'}
      disabled={stopping}
      onClick={() => cancel.mutate()}
    >
      <CircleStop aria-hidden="true" size={16} />
      {!isSmall && (stopping ? words : 'Cancel')}
    </button>
  );
}

interface ToolProps {
  name: string;
  keys: string;
  onClick: () => void;
  hasWords?: boolean;
  className?: string;
  children: ReactNode;
}

function Tool({ name, keys, onClick, hasWords = false, className = '', children }: ToolProps) {
  return (
    <button
      type="button"
      className={`button quiet ${hasWords ? '' : 'icon'} ${className}`}
      aria-label={name}
      title={`${name} (${keys})`}
      onClick={onClick}
    >
      {children}
      {hasWords && <span className="words">{name}</span>}
    </button>
  );
}
