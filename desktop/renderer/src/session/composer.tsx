import { isFinal, type Run } from '@agentfleet/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type KeyboardEvent, memo, type Ref, useId } from 'react';
import { useLocation } from 'wouter';
import { useMay } from '../base/signed-in.js';
import { useTransport } from '../base/transport-context.js';
import { useForgetUnanswered } from '../base/use-server-back.js';
import { TransportError } from '../transport/transport.js';
import { ErrorNote } from '../ui/notes.js';
import { useStoredText } from '../ui/use-stored-text.js';
import { useStartAfresh } from './use-start-afresh.js';
import { addToThread } from './use-thread.js';

interface Props {
  /** Of the thread, oldest first. */
  runs: readonly Run[];
  field: Ref<HTMLTextAreaElement>;
}

/** Goes on with the thread, after its newest run; the draft outlives the page. */
export const Composer = memo(function Composer({ runs, field }: Props) {
  const run = goesOnAfter(runs);
  const transport = useTransport();
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const mayRun = useMay('runs:write');
  const id = useId();
  // What never began, or is not there any more, is not resumed: whatever is sent begins another.
  const isFresh =
    isFinal(run.status) && (run.agentSessionId === null || run.failure?.code === 'session_not_found');
  const [prompt, setPrompt] = useStoredText(`agentfleet.draft.followup.${run.threadId}`);
  const followUp = useMutation({
    mutationFn: () => transport.followUp(run.id, isFresh ? { prompt, fresh: true } : { prompt }),
    onSuccess: (child) => {
      setPrompt('');
      addToThread(queries, child);
      navigate(`/sessions/${child.id}`);
    },
  });
  const afresh = useStartAfresh(run);
  useForgetUnanswered(followUp, afresh);
  if (!mayRun) return null;
  const empty = prompt.trim() === '';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!empty && !followUp.isPending) followUp.mutate();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLFormElement>) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit();
  };
  return (
    <form
      onSubmit={submit}
      onKeyDown={onKeyDown}
      className="composer flex shrink-0 flex-col gap-2 border-line border-t px-4 py-3 sm:px-6"
    >
      <ErrorNote error={followUp.error ?? afresh.error} />
      {isCodeOf(followUp.error, 'NO_SESSION_TO_RESUME') && (
        <button
          type="button"
          className="button self-start"
          disabled={afresh.isPending || empty}
          onClick={() => afresh.mutate(prompt, { onSuccess: () => setPrompt('') })}
        >
          Start afresh
        </button>
      )}
      <div className="column flex w-full items-end gap-2">
        <label htmlFor={id} className="sr-only">
          Follow-up
        </label>
        <textarea
          ref={field}
          id={id}
          className="field max-h-48 min-h-[34px] [field-sizing:content]"
          rows={1}
          dir="auto"
          placeholder={
            isFresh
              ? 'Follow up in a new Claude session…'
              : isFinal(run.status)
                ? 'Follow up…'
                : 'Follow up once it is done…'
          }
          value={prompt}
          onChange={(event) => setPrompt(event.target.value)}
        />
        <button
          type="submit"
          className="button primary"
          title="Ctrl or ⌘ + Enter"
          disabled={empty || followUp.isPending}
        >
          Send
        </button>
      </div>
    </form>
  );
});

/** The newest run, or the one before what ended without ever having begun: that left no session to go on with. */
function goesOnAfter(runs: readonly Run[]): Run {
  const hasSession = (run: Run) => !isFinal(run.status) || run.agentSessionId !== null;
  const run = runs.findLast(hasSession) ?? runs.at(-1);
  if (!run) throw new Error('A thread has a run at least');
  return run;
}

const isCodeOf = (error: unknown, code: string) => error instanceof TransportError && error.code === code;
