import { useMutation, useQueryClient } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { useMay } from '../../base/signed-in.js';
import { useTransport } from '../../base/transport-context.js';
import { Choice } from '../../ui/choice.js';
import { CopyButton } from '../../ui/copy-button.js';
import { ErrorNote } from '../../ui/notes.js';
import { ScrollPre } from '../../ui/scroll-pre.js';
import { type Way, ways } from './ways.js';

const names = Object.fromEntries(Object.entries(ways).map(([way, { name }]) => [way, name])) as Record<
  Way,
  string
>;

/** How to connect a machine: a few facts, and the lines to paste there. */
export function ConnectPanel() {
  const transport = useTransport();
  const [way, setWay] = useState<Way>(navigator.userAgent.includes('Windows') ? 'powershell' : 'bash');
  const [name, setName] = useState('home-desktop');
  const [folders, setFolders] = useState<string | null>(null);
  const [key, setKey] = useState<string>();
  const { lines, sentence, directory } = ways[way];
  const shownFolders = folders ?? directory;
  const url = transport.serverUrl();
  const directories = shownFolders
    .split('\n')
    .map((folder) => folder.trim())
    .filter((folder) => folder !== '');
  const text = lines({ url, key, name: name.trim() || 'home-desktop', directories });
  return (
    <section id="connect" aria-label="Connecting" className="panel">
      <h2 className="font-semibold text-base">Connect another machine</h2>
      <div className="mt-2 flex flex-col gap-4">
        <p className="max-w-3xl text-soft">
          On a machine with Node.js 20.19 or newer and Claude Code logged in. The runner calls out, so no port
          has to be opened; what it may do is decided there and not here.
        </p>
        {isLoopback(url) && (
          <p className="rounded-md bg-warn-soft px-3 py-2 text-warn">
            This server listens on this computer alone, so only this computer can connect. For others, start
            it with <code className="font-mono">HOST=0.0.0.0</code>, best behind a proxy that adds HTTPS.
          </p>
        )}
        <div className="grid gap-4 sm:grid-cols-2">
          <label className="flex min-w-0 flex-col gap-1">
            <span className="font-medium">Name of the runner</span>
            <input
              className="field"
              maxLength={100}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          </label>
          <label className="flex min-w-0 flex-col gap-1">
            <span className="font-medium">
              Folders sessions may work in <span className="font-normal text-soft">one a line</span>
            </span>
            <textarea
              className="field min-h-[34px] font-mono text-[13px] [field-sizing:content]"
              rows={1}
              spellCheck={false}
              value={shownFolders}
              onChange={(event) => setFolders(event.target.value)}
            />
          </label>
        </div>
        <KeyForRunner name={name} made={key !== undefined} onKey={setKey} />
        <div className="flex flex-col gap-3">
          <Choice name="How it is started" options={names} value={way} onChange={setWay} />
          <p className="text-soft">{sentence}</p>
          <div className="relative">
            <ScrollPre className="code max-h-96 overflow-y-auto !pr-24">{text}</ScrollPre>
            <span className="absolute top-1.5 right-1.5">
              <CopyButton key={text} text={text} label="Copy" />
            </span>
          </div>
        </div>
      </div>
    </section>
  );
}

interface KeyProps {
  name: string;
  made: boolean;
  onKey: (key: string) => void;
}

/** Makes a key that can do nothing but connect a runner, for the lines below. */
function KeyForRunner({ name, made, onKey }: KeyProps) {
  const transport = useTransport();
  const queries = useQueryClient();
  const mayAdmin = useMay('admin');
  const create = useMutation({
    mutationFn: () => transport.createApiKey({ name: name.trim() || 'runner', scopes: ['runner'] }),
    onSuccess: ({ key }) => {
      onKey(key);
      void queries.invalidateQueries({ queryKey: ['api-keys'] });
    },
  });
  if (made) {
    return (
      <p role="status" className="rounded-md bg-accent-soft px-3 py-2">
        The new key stands in the lines below. It is shown this once, and can do nothing but connect a runner.
      </p>
    );
  }
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
      {mayAdmin && (
        <button type="button" className="button" disabled={create.isPending} onClick={() => create.mutate()}>
          <KeyRound aria-hidden="true" size={15} />
          Create a key for it
        </button>
      )}
      <p className="text-soft">
        {mayAdmin ? 'Or take' : 'It takes'} a key with the scope <code className="font-mono">runner</code>{' '}
        from{' '}
        <Link href="/settings/api-keys" className="text-accent underline">
          API keys
        </Link>
        .
      </p>
      <ErrorNote error={create.error} />
    </div>
  );
}

function isLoopback(url: string): boolean {
  return /^https?:\/\/(localhost|127\.|\[::1\])/i.test(url);
}
