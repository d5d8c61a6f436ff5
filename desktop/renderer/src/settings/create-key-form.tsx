import { Scope } from '@agentfleet/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTransport } from '../base/transport-context.js';
import { ErrorNote } from '../ui/notes.js';
import { EnrolmentLimitsFields, limitsOf, noLimits } from './enrolment-limits.js';
import { type Expiry, expiresAt, expiries } from './expiry.js';
import { KeyLimitsFields, keyLimitsOf, unlimited } from './key-limits.js';
import { NewKeyNote } from './new-key-note.js';
import { scopeWords } from './scopes.js';

/** Makes a key and shows it, this once. */
export function CreateKeyForm() {
  const transport = useTransport();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly Scope[]>(['runner']);
  const [expiry, setExpiry] = useState<Expiry>('never');
  const [day, setDay] = useState('');
  const [typedLimits, setTypedLimits] = useState(noLimits);
  const [typedShare, setTypedShare] = useState(unlimited);
  const onlyEnrols = scopes.length === 1 && scopes[0] === 'runner';
  const create = useMutation({
    mutationFn: () => {
      const end = expiresAt(expiry, day, new Date());
      const limits = keyLimitsOf(typedShare);
      const enrolment = onlyEnrols ? limitsOf(typedLimits) : undefined;
      return transport.createApiKey({
        name: name.trim(),
        scopes: [...scopes],
        ...(end ? { expiresAt: end } : {}),
        ...(limits && { limits }),
        ...(enrolment && { enrolment }),
      });
    },
    onSuccess: () => {
      setName('');
      setTypedLimits(noLimits);
      setTypedShare(unlimited);
      void queries.invalidateQueries({ queryKey: ['api-keys'] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  const toggle = (scope: Scope, held: boolean) =>
    setScopes(Scope.options.filter((option) => (option === scope ? held : scopes.includes(option))));
  const incomplete = name.trim() === '' || scopes.length === 0 || (expiry === 'day' && day === '');
  return (
    <section aria-label="Create a key" className="flex flex-col gap-4">
      {create.data && <NewKeyNote created={create.data} onStored={() => create.reset()} />}
      <form onSubmit={submit} className="panel flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <label className="flex min-w-0 flex-col gap-1">
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
          <div className="flex gap-2">
            <label className="flex min-w-0 flex-1 flex-col gap-1">
              <span className="font-medium">Expires</span>
              <select
                className="field"
                value={expiry}
                onChange={(event) => setExpiry(event.target.value as Expiry)}
              >
                {Object.entries(expiries).map(([option, words]) => (
                  <option key={option} value={option}>
                    {words}
                  </option>
                ))}
              </select>
            </label>
            {expiry === 'day' && (
              <label className="flex min-w-0 flex-1 flex-col gap-1">
                <span className="font-medium">Last day</span>
                <input
                  type="date"
                  className="field"
                  required
                  min={new Date().toISOString().slice(0, 10)}
                  value={day}
                  onChange={(event) => setDay(event.target.value)}
                />
              </label>
            )}
          </div>
        </div>
        <fieldset>
          <legend className="mb-1.5 font-medium">Scopes</legend>
          <div className="grid gap-2 sm:grid-cols-2">
            {Scope.options.map((scope) => (
              <label key={scope} className="choice-card">
                <input
                  type="checkbox"
                  className="mt-1 shrink-0"
                  checked={scopes.includes(scope)}
                  onChange={(event) => toggle(scope, event.target.checked)}
                />
                <span>
                  <code className="block font-medium font-mono text-[13px]">{scope}</code>
                  <span className="text-soft">{scopeWords[scope]}</span>
                </span>
              </label>
            ))}
          </div>
        </fieldset>
        {onlyEnrols && <EnrolmentLimitsFields limits={typedLimits} onChange={setTypedLimits} />}
        <KeyLimitsFields limits={typedShare} onChange={setTypedShare} />
        <ErrorNote error={create.error} />
        <button type="submit" className="button primary self-start" disabled={create.isPending || incomplete}>
          Create key
        </button>
      </form>
    </section>
  );
}
