import { ArrowRightLeft, ClipboardCopy, Info, Laptop, Power } from 'lucide-react';
import { useMemo } from 'react';
import type { AppExtras, ThisComputer } from '../base/app-extras.js';
import type { Command } from '../base/command.js';
import { toast } from '../ui/toasts.js';
import { useAppClient, useAppState } from './app-context.js';
import { ComputerPage } from './computer-page.js';

const screens = [{ path: '/computer', name: 'This computer', icon: Laptop, screen: ComputerPage }];
const failed = ({ message }: Error) => toast({ title: 'That did not work', detail: message, bad: true });
const isMac = /Mac/.test(navigator.userAgent);

/** What the app adds to the dashboard: the screen of this computer, and what only an app can do. */
export function useExtras(): AppExtras {
  const client = useAppClient();
  const computer = useThisComputer();
  const { server, servers } = useAppState().settings;
  return useMemo(() => {
    const copy = async () => {
      await client.ask('copyDiagnostics', undefined);
      toast({ title: 'Diagnostics copied' });
    };
    const diagnostics: Command = {
      id: 'diagnostics',
      name: 'Copy diagnostics',
      words: 'help problem support bug report',
      icon: ClipboardCopy,
      run: () => void copy().catch(failed),
    };
    const about: Command = {
      id: 'about',
      name: 'About AgentFleet',
      words: 'version help',
      icon: Info,
      run: () => void client.ask('showAbout', undefined).catch(failed),
    };
    const quit: Command = {
      id: 'quit',
      name: 'Quit AgentFleet',
      words: 'exit close end leave',
      keys: isMac ? '⌘Q' : 'Ctrl Q',
      icon: Power,
      run: () => void client.ask('quit', undefined).catch(failed),
    };
    const others = servers.filter((each) => each !== server);
    const switches = others.map((other): Command => {
      const run = async () => {
        const { outcome } = await client.ask('applySettings', { server: other });
        if (outcome === 'key-needed') throw new Error('Its key is gone. Sign in there under This computer.');
      };
      return {
        id: `switch-${other}`,
        name: `Switch to ${other}`,
        words: 'server connection',
        icon: ArrowRightLeft,
        run: () => void run().catch(failed),
      };
    });
    const commands = [...switches, diagnostics, about, quit];
    return { screens, commands, inMenu: [about, quit], computer };
  }, [client, computer, server, servers]);
}

function useThisComputer(): ThisComputer {
  const client = useAppClient();
  const { runner, settings, platform } = useAppState();
  const { runnerId } = runner;
  const { directories } = settings;
  return useMemo(
    () => ({
      runnerId,
      directories,
      platform,
      open(path, how) {
        client.ask('openPlace', { path, how }).catch(failed);
      },
      pickFolder: () => client.ask('pickFolder', undefined),
      allowFolder: (path) => client.ask('applySettings', { directories: [...directories, path] }),
    }),
    [client, runnerId, directories, platform],
  );
}
