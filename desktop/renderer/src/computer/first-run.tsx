import { isSetUp, keyTrouble } from '@agentfleet/bridge';
import type { ReactNode } from 'react';
import { Wordmark } from '../ui/wordmark.js';
import { useAppState } from './app-context.js';
import { Findings } from './findings.js';
import { FoldersSetting } from './folders-setting.js';
import { KeySetting } from './key-setting.js';
import { KeyTroubleNote } from './key-trouble-note.js';
import { nextStep, notesId, stepId } from './next-step.js';
import { RunnerMark } from './runner-line.js';
import { ServerSetting } from './server-setting.js';
import { SettingsProblems } from './settings-problems.js';
import { TextSetting } from './text-setting.js';

/** Connects this computer: three steps on one screen, then its name and whether it is online. */
export function FirstRun({ onDone }: { onDone: () => void }) {
  const state = useAppState();
  const { settings, key, runner } = state;
  const hasServer = settings.server !== '';
  const ready = isSetUp(state);
  const hasLostKey = keyTrouble(state) !== undefined && key.store !== 'empty';
  return (
    <main className="relative h-full overflow-y-auto">
      <div className="mx-auto flex max-w-xl flex-col gap-6 px-4 py-8 sm:px-6">
        <div className="flex flex-col gap-2">
          <Wordmark />
          <h1 className="font-semibold text-xl">
            {hasLostKey ? 'This computer has no key at hand' : 'Connect this computer'}
          </h1>
          <p className="text-soft">
            {hasLostKey
              ? 'It takes no sessions until it has its key again.'
              : 'It then takes Claude Code sessions from your server and runs them here, in the folders you choose. It calls out only; no port is opened.'}
          </p>
        </div>
        <div id={notesId} className="flex flex-col gap-2 empty:hidden">
          <KeyTroubleNote />
          <SettingsProblems />
        </div>
        <ol className="flex flex-col gap-6">
          <Step number={1} title="Server" done={hasServer}>
            <ServerSetting />
          </Step>
          <Step number={2} title="Sign in" done={key.source !== 'none'}>
            <KeySetting />
            {hasServer && key.source === 'none' && <KeyAddress server={settings.server} />}
          </Step>
          <Step number={3} title="Folders" done={settings.directories.length > 0}>
            <FoldersSetting />
          </Step>
        </ol>
        <section aria-label="Checks of this computer" className="rounded-lg border border-line bg-raised p-4">
          <h2 className="mb-2 font-semibold">This computer</h2>
          <Findings />
        </section>
        {ready && (
          <section
            aria-label="Ready"
            className="flex flex-col gap-3 rounded-lg border border-line bg-raised p-4"
          >
            <TextSetting name="name" label="Name of this computer">
              People choose it by this name when they launch a session.
            </TextSetting>
            <p role="status" className="font-medium">
              {runner.phase === 'online' ? (
                <span className="text-good">● You are online as {settings.name}.</span>
              ) : (
                <>
                  <RunnerMark /> {runner.reason && <span className="font-normal">{runner.reason}</span>}
                </>
              )}
            </p>
          </section>
        )}
      </div>
      <NextStep onDone={onDone} />
    </main>
  );
}

/** Where a key is made, in the user's browser. */
function KeyAddress({ server }: { server: string }) {
  const address = `${server}/settings/api-keys`;
  return (
    <p className="text-soft">
      A key to paste is made at{' '}
      <a
        href={address}
        target="_blank"
        rel="noopener"
        className="text-accent underline [overflow-wrap:anywhere]"
      >
        {address}
      </a>
    </p>
  );
}

/** What is to be done next, always in view, with the way there. */
function NextStep({ onDone }: { onDone: () => void }) {
  const next = nextStep(useAppState());
  const show = () => {
    const place = document.getElementById(next.place);
    place?.scrollIntoView({ block: 'center' });
    const first = next.does === 'sign-in' ? 'input, .primary' : '.primary';
    place?.querySelector<HTMLElement>(first)?.focus({ preventScroll: true });
  };
  return (
    <section aria-label="Next step" className="sticky bottom-0 z-10 border-line border-t bg-raised py-3">
      <div className="mx-auto flex max-w-xl flex-wrap items-center gap-x-4 gap-y-2 px-4 sm:px-6">
        <span role="status" className="mr-auto">
          {next.words}
        </span>
        {next.does === 'open' ? (
          <button type="button" className="button primary" onClick={onDone}>
            Open the dashboard
          </button>
        ) : (
          <button type="button" className="button" onClick={show}>
            Show
          </button>
        )}
      </div>
    </section>
  );
}

interface StepProps {
  number: number;
  title: string;
  done: boolean;
  children: ReactNode;
}

function Step({ number, title, done, children }: StepProps) {
  return (
    <li id={stepId(number)} className="grid grid-cols-[2rem_1fr] gap-x-3">
      <span
        aria-hidden="true"
        className={`flex size-7 items-center justify-center rounded-full font-semibold ${done ? 'bg-accent text-accent-ink' : 'border border-line text-soft'}`}
      >
        {done ? '✓' : number}
      </span>
      <div className="flex min-w-0 flex-col gap-2">
        <h2 className="pt-0.5 font-semibold">
          {title}
          <span className="sr-only">{done ? ', done' : ', to do'}</span>
        </h2>
        {children}
      </div>
    </li>
  );
}
