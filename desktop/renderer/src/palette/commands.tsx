import { isFinal, type Run } from '@agentfleet/contract';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import {
  BookOpen,
  CircleStop,
  Gauge,
  Keyboard,
  KeyRound,
  Laptop,
  List,
  LogOut,
  type LucideIcon,
  Monitor,
  Moon,
  Plus,
  RotateCcw,
  ScrollText,
  Server,
  Sun,
} from 'lucide-react';
import { useLocation, useRoute } from 'wouter';
import { useAppExtras } from '../base/app-extras.js';
import type { Command } from '../base/command.js';
import { useMay, useMayAct } from '../base/signed-in.js';
import { useTransport } from '../base/transport-context.js';
import { cancelWithToast } from '../sessions/cancel-session.js';
import { chooseTheme } from '../ui/theme.js';

interface Options {
  onSignOut: (() => void) | undefined;
  onHelp: () => void;
}

/** What can be done from anywhere, and what the session on the screen offers besides. */
export function useCommands({ onSignOut, onHelp }: Options): {
  actions: Command[];
  screens: Command[];
} {
  const transport = useTransport();
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const run = useShownRun();
  const mayLaunch = useMay('runs:write');
  const mayCancel = useMayAct();
  const extras = useAppExtras();
  const actions: Command[] = [];
  if (mayLaunch) {
    actions.push({
      id: 'new',
      name: 'New session',
      words: 'launch start prompt',
      keys: 'n',
      icon: Plus,
      run: () => navigate('/sessions/new'),
    });
  }
  if (run && mayCancel && !isFinal(run.status) && run.cancelRequestedAt === null) {
    actions.push({
      id: 'cancel',
      name: 'Cancel this session',
      words: 'stop kill end',
      icon: CircleStop,
      run: () => void cancelWithToast(transport, queries, run, navigate),
    });
  }
  if (run && mayLaunch) {
    actions.push({
      id: 'again',
      name: 'Launch this session again',
      words: 'repeat retry rerun copy',
      icon: RotateCcw,
      run: () => navigate(`/sessions/new?from=${run.id}`),
    });
  }
  const theme = (id: 'light' | 'dark' | 'system', name: string, icon: LucideIcon): Command => ({
    id: `theme-${id}`,
    name: `Theme: ${name}`,
    words: 'appearance colour color mode',
    icon,
    run: () => chooseTheme(id),
  });
  actions.push(
    theme('light', 'light', Sun),
    theme('dark', 'dark', Moon),
    theme('system', 'as the system', Monitor),
    { id: 'help', name: 'Keyboard shortcuts', words: 'help keys', keys: '?', icon: Keyboard, run: onHelp },
    {
      id: 'docs',
      name: 'API reference',
      words: 'docs documentation rest openapi',
      icon: BookOpen,
      run: () => window.open(`${transport.serverUrl()}/docs`, '_blank', 'noopener'),
    },
  );
  actions.push(...extras.commands);
  if (onSignOut) {
    actions.push({ id: 'out', name: 'Sign out', words: 'log out leave', icon: LogOut, run: onSignOut });
  }
  const screen = (path: string, name: string, icon: LucideIcon, words = '', keys?: string): Command => ({
    id: path,
    name,
    words: `go to ${words}`,
    icon,
    run: () => navigate(path),
    ...(keys ? { keys } : {}),
  });
  const screens = [
    screen('/sessions', 'Sessions', List, 'runs list', 'g s'),
    screen('/runners', 'Runners', Server, 'machines computers connect', 'g r'),
    screen('/usage', 'Usage', Gauge, 'cost tokens charts', 'g u'),
    screen('/connect', 'Connect a computer', Laptop, 'sign in app code device runner'),
    screen('/settings/api-keys', 'API keys', KeyRound, 'settings revoke create', 'g k'),
    screen('/settings/audit', 'Audit', ScrollText, 'settings log trail who did what'),
    screen('/settings/appearance', 'Appearance', Sun, 'settings theme'),
    ...extras.screens.map(({ path, name, icon }) => screen(path, name, icon, 'settings')),
  ];
  return { actions, screens };
}

/** The session on the screen, where one is. */
function useShownRun(): Run | undefined {
  const transport = useTransport();
  const [, params] = useRoute('/sessions/:id');
  const id = params?.id === 'new' ? undefined : params?.id;
  const shown = useQuery({
    queryKey: ['run', id],
    queryFn: () => transport.getRun(id ?? ''),
    enabled: id !== undefined,
  });
  return id === undefined ? undefined : shown.data;
}
