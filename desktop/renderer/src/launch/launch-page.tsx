import { type CreateRun, withHiddenSpelled } from '@agentfleet/contract';
import { Field } from '@base-ui/react/field';
import { Form } from '@base-ui/react/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { CircleCheck, Clock, TriangleAlert } from 'lucide-react';
import { type FormEvent, type KeyboardEvent, useLayoutEffect, useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { type ThisComputer, useAppExtras } from '../base/app-extras.js';
import { usePageTitle } from '../base/page-title.js';
import { useMay } from '../base/signed-in.js';
import { useTransport } from '../base/transport-context.js';
import { useRunners } from '../runners/use-runners.js';
import { Empty, ErrorNote } from '../ui/notes.js';
import { SuggestField } from '../ui/suggest-field.js';
import { toast } from '../ui/toasts.js';
import { BrowseFolders } from './browse-folders.js';
import { ChooseFolder } from './choose-folder.js';
import { buildRequest, type DraftField } from './draft.js';
import { LimitsFields } from './limits-fields.js';
import { ModeChoice } from './mode-choice.js';
import { allowsFolder, type Outlook, outlook } from './outlook.js';
import { folderGroups, likelyFolder, modelGroups, useActiveRuns, useRecent } from './recent.js';
import { useDraft } from './use-draft.js';

/** Launches a session; whatever was filled in is kept in this browser until it is launched. */
export default function LaunchPage() {
  usePageTitle('New session');
  return useMay('runs:write') ? <LaunchForm /> : <MayNot />;
}

function LaunchForm() {
  const transport = useTransport();
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const form = useRef<HTMLFormElement>(null);
  const { draft, change, error: draftError } = useDraft();
  const [errors, setErrors] = useState<Partial<Record<DraftField, string>>>({});
  const { computer } = useAppExtras();
  const runners = useRunners();
  const recent = useRecent();
  const active = useActiveRuns();
  const chosen = runners.data?.filter(({ id }) => draft.runnerId === '' || id === draft.runnerId) ?? [];
  const folders = folderGroups(
    // With a runner chosen, only what it allows.
    recent.folders.filter(
      (folder) => draft.runnerId === '' || chosen.some((runner) => allowsFolder(runner, folder)),
    ),
    chosen,
    computer && ['', computer.runnerId].includes(draft.runnerId) ? computer : null,
  );
  const likely =
    runners.data && recent.isKnown ? likelyFolder(recent.folders, chosen) || onlyFolder(computer) : '';
  // Once, and never over what somebody wrote: a folder that was taken out stays out. Nor under the hands of somebody who is about to.
  const isPreset = useRef(draft.cwd !== '');
  // Drawn at once: a field that somebody enters meanwhile would have it beneath what they write.
  useLayoutEffect(() => {
    if (isPreset.current || (draft.cwd === '' && likely === '')) return;
    isPreset.current = true;
    if (draft.cwd === '') change({ cwd: likely });
  }, [draft.cwd, likely, change]);
  const plan = { cwd: draft.cwd, runnerId: draft.runnerId, mode: draft.mode, sharedCwd: draft.sharedCwd };
  const forecast = runners.data ? outlook(plan, runners.data, active.data?.data ?? []) : null;

  const takeBack = async (runId: string) => {
    try {
      await transport.cancelRun(runId);
      // The form may be gone, or there anew: it is filled by the address, as for a session that is launched again.
      navigate(`/sessions/new?from=${runId}`);
    } catch (failure) {
      toast({ title: 'It was not taken back', detail: String((failure as Error).message), bad: true });
    }
  };
  const launch = useMutation({
    mutationFn: (request: CreateRun) => transport.createRun(request),
    onSuccess: (run) => {
      change({ prompt: '' });
      void queries.invalidateQueries({ queryKey: ['runs'] });
      void queries.invalidateQueries({ queryKey: ['queue'] });
      navigate(`/sessions/${run.id}`);
      toast({
        title: 'Session launched',
        action: { name: 'Take back', act: () => void takeBack(run.id) },
      });
    },
  });

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (launch.isPending) return;
    const built = buildRequest(draft);
    if ('errors' in built) return setErrors(built.errors);
    setErrors({});
    launch.mutate(built.request);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.current?.requestSubmit();
  };
  const bypass = draft.mode === 'bypassPermissions';

  return (
    <Form ref={form} errors={errors} onSubmit={submit} onKeyDown={onKeyDown} className="page max-w-4xl">
      <h1 className="font-semibold text-xl">New session</h1>
      <ErrorNote error={draftError} />
      <Field.Root name="prompt" className="flex flex-col gap-1">
        <Field.Label className="font-medium">Prompt</Field.Label>
        <Field.Control
          render={<textarea rows={8} />}
          className="field min-h-40 resize-y font-mono text-[13px] leading-relaxed [field-sizing:content] max-h-[50vh]"
          placeholder="What should Claude do?"
          dir="auto"
          autoFocus
          value={draft.prompt}
          onValueChange={(prompt) => change({ prompt })}
        />
        <Field.Error className="text-bad" />
      </Field.Root>
      <div className="grid gap-5 sm:grid-cols-[2fr_1fr]">
        <Field.Root
          name="cwd"
          className="flex min-w-0 flex-col gap-1"
          onFocus={() => {
            isPreset.current = true;
          }}
        >
          <Field.Label className="font-medium">Folder</Field.Label>
          <SuggestField
            groups={folders}
            value={draft.cwd}
            onChange={(cwd) => change({ cwd })}
            placeholder="/home/you/code/app"
            mono
          />
          <div className="flex flex-wrap items-start gap-2 empty:hidden">
            <BrowseFolders runners={chosen} folder={draft.cwd} onFolder={(cwd) => change({ cwd })} />
            {computer && (
              <ChooseFolder
                computer={computer}
                folder={draft.cwd}
                onChoose={(cwd) => change({ cwd, runnerId: computer.runnerId ?? '' })}
              />
            )}
          </div>
          <Field.Error className="text-bad" />
        </Field.Root>
        <Field.Root name="runnerId" className="flex min-w-0 flex-col gap-1">
          <Field.Label className="font-medium">Runner</Field.Label>
          <Field.Control
            render={
              <select>
                <option value="">Any that allows the folder</option>
                {runners.data?.map(({ id, name, state }) => (
                  <option key={id} value={id}>
                    {withHiddenSpelled(state === 'online' ? name : `${name} (${state})`)}
                  </option>
                ))}
              </select>
            }
            className="field"
            value={draft.runnerId}
            onValueChange={(runnerId) => change({ runnerId })}
          />
          <Field.Error className="text-bad" />
        </Field.Root>
      </div>
      <ModeChoice mode={draft.mode} onMode={(mode) => change({ mode })} />
      <div className="grid gap-5 sm:grid-cols-2">
        <Field.Root name="model" className="flex min-w-0 flex-col gap-1">
          <Field.Label className="font-medium">
            Model <span className="font-normal text-soft">optional</span>
          </Field.Label>
          <SuggestField
            groups={modelGroups(recent.models)}
            value={draft.model}
            onChange={(model) => change({ model })}
            placeholder="the runner’s default"
          />
          <Field.Error className="text-bad" />
        </Field.Root>
        <Field.Root name="labels" className="flex min-w-0 flex-col gap-1">
          <Field.Label className="font-medium">
            Labels <span className="font-normal text-soft">optional, comma-separated</span>
          </Field.Label>
          <Field.Control
            className="field"
            placeholder="nightly, api"
            value={draft.labels}
            onValueChange={(labels) => change({ labels })}
          />
          <Field.Error className="text-bad" />
        </Field.Root>
      </div>
      <LimitsFields draft={draft} onChange={change} open={limitFields.some((field) => errors[field])} />
      <ErrorNote error={launch.error} />
      <div className="sticky bottom-0 z-10 -mx-4 -mb-10 flex flex-wrap items-center gap-x-4 gap-y-3 border-line border-t bg-paper px-4 py-3 sm:-mx-6 sm:px-6">
        <button
          type="submit"
          className={`button ${bypass ? 'danger solid' : 'primary'}`}
          disabled={launch.isPending}
        >
          {launch.isPending ? 'Launching…' : bypass ? 'Launch without permission checks' : 'Launch'}
        </button>
        <span className="hidden text-soft sm:inline">
          <kbd>Ctrl</kbd> or <kbd>⌘</kbd> + <kbd>Enter</kbd>
        </span>
        <div role="status" className="min-w-0 basis-full sm:flex-1 sm:basis-64">
          {forecast && <Forecast {...forecast} />}
        </div>
      </div>
    </Form>
  );
}

/** What is meant where nothing was launched yet. */
const onlyFolder = (computer: ThisComputer | null) =>
  computer?.directories.length === 1 ? (computer.directories[0] ?? '') : '';

const limitFields: readonly DraftField[] = [
  'timeoutMin',
  'stallMin',
  'maxTurns',
  'maxBudgetUsd',
  'priority',
  'queueTtlMin',
  'approvalMin',
  'maxAttempts',
];

const looks = {
  good: { icon: CircleCheck, colour: 'text-good' },
  wait: { icon: Clock, colour: 'text-warn' },
  bad: { icon: TriangleAlert, colour: 'text-bad' },
};

/** What will happen, before it does. */
function Forecast({ tone, sentence }: Outlook) {
  const { icon: Icon, colour } = looks[tone];
  return (
    <p className={`flex gap-2 ${colour}`}>
      <Icon aria-hidden="true" size={17} className="mt-0.5 shrink-0" />
      {sentence}
    </p>
  );
}

function MayNot() {
  return (
    <Empty title="This key may only read">
      To launch sessions, sign in with a key that has the scope <code className="font-mono">runs:write</code>.
      An admin makes one under{' '}
      <Link href="/settings/api-keys" className="text-accent underline">
        API keys
      </Link>
      .
    </Empty>
  );
}
