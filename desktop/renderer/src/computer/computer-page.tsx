import type { ReactNode } from 'react';
import { useAppExtras } from '../base/app-extras.js';
import { SettingsTabs } from '../settings/settings-tabs.js';
import { Seen } from '../ui/seen.js';
import { useAppState } from './app-context.js';
import { ApplyBar } from './apply-bar.js';
import { ClaudeSetting } from './claude-setting.js';
import { useDraft } from './draft-context.js';
import { EnvironmentSetting } from './environment-setting.js';
import { Findings } from './findings.js';
import { FoldersSetting } from './folders-setting.js';
import { HelpSetting } from './help-setting.js';
import { KeySetting } from './key-setting.js';
import { KnownServers } from './known-servers.js';
import { ModesSetting } from './modes-setting.js';
import { NextConnectionNote } from './next-connection.js';
import { QuickLaunchSetting } from './quick-launch-setting.js';
import { PauseButton, RunnerMark, useRunnerReason } from './runner-line.js';
import { RunningHere } from './running-here.js';
import { ServerSetting } from './server-setting.js';
import { SettingsProblems } from './settings-problems.js';
import { Switch, SwitchSetting } from './switch-setting.js';
import { TextSetting } from './text-setting.js';
import { UpdatesSetting } from './updates-setting.js';

/** The app's own settings, and how its runner is. */
export function ComputerPage() {
  const { next } = useAppState();
  const reason = useRunnerReason();
  const { fields, choose, isPending } = useDraft();
  const isAmongScreens = useAppExtras().screens.length > 0;
  return (
    <div className="page max-w-5xl">
      {isAmongScreens && <SettingsTabs />}
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <h1 className="mr-auto font-semibold text-xl">This computer</h1>
        <RunnerMark />
        <PauseButton />
      </div>
      {reason && !next && (
        <p className="rounded-md bg-warn-soft px-3 py-2 text-warn">
          <Seen text={reason} />
        </p>
      )}
      <NextConnectionNote />
      <SettingsProblems />
      <Section title="Running here">
        <RunningHere />
      </Section>
      <Section title="Connection">
        <ServerSetting />
        <div>
          <h3 className="mb-1 font-medium">API key</h3>
          <KeySetting forget />
        </div>
        <KnownServers />
      </Section>
      <Section title="Folders">
        {fields.directories.length === 0 && (
          <p className="text-warn">Without a folder no session can run on this computer.</p>
        )}
        <FoldersSetting />
      </Section>
      <Section title="Sessions">
        <TextSetting name="name" label="Name of this computer">
          People choose it by this name when they launch a session.
        </TextSetting>
        <TextSetting name="maxConcurrentRuns" label="Sessions at once">
          More wait in the queue, or go to other runners.
        </TextSetting>
        <ModesSetting />
        <Switch
          on={fields.approvals}
          disabled={isPending}
          onChange={(approvals) => choose({ approvals })}
          label="Ask for what the permission mode does not grant"
          words="The session waits until somebody allows or denies it. Off, it is denied at once."
        />
        <ClaudeSetting />
        <EnvironmentSetting />
        <SwitchSetting
          name="keepAwake"
          label="Keep this computer awake while sessions run"
          words="The display may still go dark."
        />
      </Section>
      <Section title="App">
        <SwitchSetting
          name="openAtLogin"
          label="Start at login"
          words="It starts in the tray, without a window."
        />
        <SwitchSetting name="notifyFinished" label="Notify when a session has finished" />
        <SwitchSetting name="notifyFailed" label="Notify when a session has failed" />
        <SwitchSetting name="notifyWaiting" label="Notify when a session waits for your approval" />
        <QuickLaunchSetting />
        <UpdatesSetting />
      </Section>
      <Section title="Checks">
        <Findings />
      </Section>
      <Section title="Help">
        <HelpSetting />
      </Section>
      <ApplyBar />
    </div>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col gap-4 rounded-lg border border-line bg-raised p-4">
      <h2 className="font-semibold">{title}</h2>
      {children}
    </section>
  );
}
