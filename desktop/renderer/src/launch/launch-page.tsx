import { CreateRun, PermissionMode } from '@agentfleet/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type KeyboardEvent, type ReactNode, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useTransport } from '../app/transport-context.js';
import { ErrorNote } from '../ui/notes.js';
import { useStoredText } from '../ui/use-stored-text.js';
import { modes } from './modes.js';

/** Launches a session; prompt, folder and mode of the last time are kept in this browser. */
export default function LaunchPage() {
  const transport = useTransport();
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const [prompt, setPrompt] = useStoredText('agentfleet.draft.prompt');
  const [cwd, setCwd] = useStoredText('agentfleet.draft.cwd');
  const [storedMode, setMode] = useStoredText('agentfleet.draft.mode');
  const mode = PermissionMode.safeParse(storedMode).data ?? 'default';
  const [runnerId, setRunnerId] = useState('');
  const [model, setModel] = useState('');
  const [labels, setLabels] = useState('');
  const [invalid, setInvalid] = useState<Error | null>(null);

  const runners = useQuery({
    queryKey: ['runners'],
    queryFn: () => transport.listRunners(),
    refetchInterval: 10_000,
  });
  const chosen = runners.data?.filter((runner) => runnerId === '' || runner.id === runnerId) ?? [];
  const folders = [...new Set(chosen.flatMap((runner) => runner.directories))].sort();
  const allowed =
    chosen.length === 0 || chosen.some((runner) => runner.permissionModes.some((known) => known === mode));

  const launch = useMutation({
    mutationFn: (request: CreateRun) => transport.createRun(request),
    onSuccess: (run) => {
      setPrompt('');
      void queries.invalidateQueries({ queryKey: ['runs'] });
      navigate(`/sessions/${run.id}`);
    },
  });

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const request = CreateRun.safeParse({
      prompt,
      cwd: cwd.trim(),
      permissionMode: mode,
      ...(runnerId ? { runnerId } : {}),
      ...(model.trim() ? { model: model.trim() } : {}),
      labels: splitLabels(labels),
    });
    if (request.success) {
      setInvalid(null);
      launch.mutate(request.data);
      return;
    }
    const issue = request.error.issues[0];
    const field = { cwd: 'The folder', prompt: 'The prompt', model: 'The model' }[String(issue?.path[0])];
    setInvalid(new Error(`${field ?? 'A label'} ${issue?.message ?? 'is not valid'}.`));
  };
  const onKeyDown = (event: KeyboardEvent<HTMLFormElement>) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit();
  };

  return (
    <form
      onSubmit={submit}
      onKeyDown={onKeyDown}
      className="mx-auto flex max-w-3xl flex-col gap-5 p-4 sm:p-6"
    >
      <h1 className="font-semibold text-xl">New session</h1>
      {runners.data?.length === 0 && (
        <p className="rounded-md bg-warn-soft px-3 py-2 text-warn">
          No runner is connected yet; the session would wait in the queue.{' '}
          <Link href="/runners" className="underline">
            Connect one
          </Link>
        </p>
      )}
      <Labelled id="prompt" label="Prompt">
        <textarea
          id="prompt"
          className="field min-h-40 font-mono text-[13px]"
          placeholder="What should Claude do?"
          rows={8}
          required
          value={prompt}
          onChange={(event) => setPrompt(event.target.value)}
        />
      </Labelled>
      <div className="grid gap-5 sm:grid-cols-[2fr_1fr]">
        <Labelled id="cwd" label="Folder">
          <input
            id="cwd"
            list="folders"
            className="field font-mono text-[13px]"
            placeholder="/home/you/code/app"
            spellCheck={false}
            required
            value={cwd}
            onChange={(event) => setCwd(event.target.value)}
          />
          <datalist id="folders">
            {folders.map((folder) => (
              <option key={folder} value={folder} />
            ))}
          </datalist>
        </Labelled>
        <Labelled id="runner" label="Runner">
          <select
            id="runner"
            className="field"
            value={runnerId}
            onChange={(event) => setRunnerId(event.target.value)}
          >
            <option value="">Any runner</option>
            {runners.data?.map((runner) => (
              <option key={runner.id} value={runner.id}>
                {runner.name}
                {runner.state === 'online' ? '' : ` (${runner.state})`}
              </option>
            ))}
          </select>
        </Labelled>
      </div>
      <ModeChoice mode={mode} allowed={allowed} onMode={setMode} />
      <div className="grid gap-5 sm:grid-cols-2">
        <Labelled id="model" label="Model" hint="optional">
          <input
            id="model"
            className="field"
            placeholder="the runner’s default"
            spellCheck={false}
            value={model}
            onChange={(event) => setModel(event.target.value)}
          />
        </Labelled>
        <Labelled id="labels" label="Labels" hint="optional, comma-separated">
          <input
            id="labels"
            className="field"
            placeholder="nightly, api"
            value={labels}
            onChange={(event) => setLabels(event.target.value)}
          />
        </Labelled>
      </div>
      <ErrorNote error={invalid ?? launch.error} />
      <div className="flex items-center gap-3">
        <button type="submit" className="button primary" disabled={launch.isPending}>
          {launch.isPending ? 'Launching…' : 'Launch'}
        </button>
        <span className="hidden text-soft sm:inline">
          <kbd>Ctrl</kbd> or <kbd>⌘</kbd> + <kbd>Enter</kbd>
        </span>
      </div>
    </form>
  );
}

interface ModeProps {
  mode: PermissionMode;
  /** Whether a runner that may take the session allows it. */
  allowed: boolean;
  onMode: (mode: PermissionMode) => void;
}

function ModeChoice({ mode, allowed, onMode }: ModeProps) {
  return (
    <fieldset className="flex flex-col gap-1">
      <legend className="mb-1 font-medium">Mode</legend>
      {PermissionMode.options.map((option) => (
        <label key={option} className="flex items-baseline gap-2.5 rounded-md py-0.5">
          <input
            type="radio"
            name="mode"
            className="translate-y-0.5"
            checked={mode === option}
            onChange={() => onMode(option)}
          />
          <span>
            {modes[option].name} <span className="text-soft">– {modes[option].sentence}</span>
          </span>
        </label>
      ))}
      {mode === 'bypassPermissions' && (
        <p role="status" className="mt-1 rounded-md bg-warn-soft px-3 py-2 text-warn">
          Only for a machine or container you could afford to lose: nothing stops Claude from deleting files,
          installing software or sending data out.
        </p>
      )}
      {!allowed && (
        <p role="status" className="mt-1 rounded-md bg-warn-soft px-3 py-2 text-warn">
          No runner here allows this mode; the session would fail.
        </p>
      )}
    </fieldset>
  );
}

interface LabelledProps {
  id: string;
  label: string;
  hint?: string;
  children: ReactNode;
}

function Labelled({ id, label, hint, children }: LabelledProps) {
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        {label} {hint && <span className="font-normal text-soft">{hint}</span>}
      </label>
      {children}
    </div>
  );
}

/** `a, b, a` → `['a', 'b']` */
function splitLabels(text: string): string[] {
  const labels = text.split(',').map((label) => label.trim());
  return [...new Set(labels.filter((label) => label !== ''))];
}
