import { Scope } from '@agentfleet/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTransport } from '../app/transport-context.js';
import { CopyButton } from '../ui/copy-button.js';
import { ErrorNote } from '../ui/notes.js';

const meanings: Record<Scope, string> = {
  admin: 'everything',
  'runs:write': 'launch and read',
  'runs:read': 'only read',
  runner: 'connect a runner',
};

/** Makes a key and shows it, this once. */
export function CreateKeyForm() {
  const transport = useTransport();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [scope, setScope] = useState<Scope>('runner');
  const create = useMutation({
    mutationFn: () => transport.createApiKey({ name: name.trim(), scopes: [scope] }),
    onSuccess: () => {
      setName('');
      void queries.invalidateQueries({ queryKey: ['api-keys'] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <section className="flex flex-col gap-3 rounded-lg border border-line bg-raised p-4">
      <form onSubmit={submit} className="flex flex-wrap items-end gap-3">
        <label className="flex min-w-48 flex-1 flex-col gap-1">
          <span className="font-medium">Name</span>
          <input
            className="field"
            placeholder="home-desktop"
            maxLength={100}
            required
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </label>
        <label className="flex min-w-48 flex-1 flex-col gap-1">
          <span className="font-medium">It may</span>
          <select
            className="field"
            value={scope}
            onChange={(event) => setScope(Scope.parse(event.target.value))}
          >
            {Scope.options.map((option) => (
              <option key={option} value={option}>
                {option}: {meanings[option]}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" className="button primary" disabled={create.isPending || name.trim() === ''}>
          Create key
        </button>
      </form>
      <ErrorNote error={create.error} />
      {create.data && (
        <div role="status" className="flex flex-col gap-2 rounded-md bg-accent-soft p-3">
          <p>
            This is <strong>{create.data.name}</strong>. It is shown this once; store it somewhere safe.
          </p>
          <div className="flex flex-wrap items-center gap-2">
            <code className="break-all font-mono">{create.data.key}</code>
            <CopyButton text={create.data.key} label="Copy key" />
            <button type="button" className="button" onClick={() => create.reset()}>
              I have stored it
            </button>
          </div>
        </div>
      )}
    </section>
  );
}
