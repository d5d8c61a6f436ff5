import type { Applied } from '@agentfleet/bridge';
import { useMutation } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { useAppClient, useAppState } from './app-context.js';
import { type Draft, type Fields, fieldsOf, type ReadDraft, readDraft, type TypedName } from './draft.js';

interface DraftDesk extends ReadDraft {
  /** As the page shows them: what was changed, else what holds. */
  fields: Fields;
  /** Whether a change that is not typed holds at once: on the first screen there is nothing to lose. */
  atOnce: boolean;
  type(name: TypedName, text: string): void;
  choose(change: Draft): void;
  apply(): void;
  discard(): void;
  /** A part of it was applied in another way. */
  forget(name: keyof Draft): void;
  isPending: boolean;
  /** Why it was not applied. */
  error: Error | null;
  /** What became of the last one that was. */
  applied: Applied | undefined;
  /** Whether somebody wanted to apply it as it is. */
  wasTried: boolean;
}

/** What is to hold, and the draft that it was read from. */
interface Asked {
  patch: ReadDraft['patch'];
  from: Draft;
}

const DraftContext = createContext<DraftDesk | null>(null);

/** The settings of the runner as they are being changed: they hold when they are applied, together. */
export function useDraft(): DraftDesk {
  const desk = useContext(DraftContext);
  if (!desk) throw new Error('DraftProvider is missing above this component');
  return desk;
}

export function DraftProvider({ atOnce, children }: { atOnce: boolean; children: ReactNode }) {
  const client = useAppClient();
  const { settings, suggestedServer } = useAppState();
  const [draft, setDraft] = useState<Draft>({});
  const [wasTried, setTried] = useState(false);
  const read = readDraft(draft, settings);
  const forget = (name: keyof Draft) => setDraft(({ [name]: _gone, ...rest }) => rest);
  const apply = useMutation({
    mutationFn: async ({ patch }: Asked) => {
      const applied = await client.ask('applySettings', patch);
      // Nobody shall see the old values in between.
      await client.ask('state', undefined);
      return applied;
    },
    onSuccess: ({ outcome }, { patch, from }) => {
      if (outcome !== 'applied' && outcome !== 'waits') return;
      // What was changed meanwhile stays as it is typed.
      const isDone = (name: keyof Draft, value: unknown) => name in patch && value === from[name];
      setDraft((now) =>
        Object.fromEntries(
          Object.entries(now).filter(([name, value]) => !isDone(name as keyof Draft, value)),
        ),
      );
    },
  });
  // A link that was agreed to fills in the address; nothing is connected.
  useEffect(() => {
    if (suggestedServer !== null) setDraft((now) => ({ ...now, server: suggestedServer }));
  }, [suggestedServer]);

  const change = (more: Draft) => {
    setTried(false);
    apply.reset();
    setDraft((now) => ({ ...now, ...more }));
  };
  const desk: DraftDesk = {
    ...read,
    fields: { ...fieldsOf(settings), ...draft },
    atOnce,
    type: (name, text) => change({ [name]: text }),
    choose(more) {
      change(more);
      if (atOnce) apply.mutate({ patch: readDraft(more, settings).patch, from: more });
    },
    apply() {
      setTried(true);
      if (Object.keys(read.problems).length === 0 && read.changed.length > 0)
        apply.mutate({ patch: read.patch, from: draft });
    },
    discard() {
      setTried(false);
      apply.reset();
      setDraft({});
    },
    forget,
    isPending: apply.isPending,
    error: apply.error,
    applied: apply.data,
    wasTried,
  };
  return <DraftContext value={desk}>{children}</DraftContext>;
}
