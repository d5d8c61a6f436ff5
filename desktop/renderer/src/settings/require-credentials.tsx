import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useSignedIn } from '../base/signed-in.js';
import { useTransport } from '../base/transport-context.js';
import { ErrorNote } from '../ui/notes.js';

/** Whether an API key may be a runner. Servers that do not tell know nothing of it. */
export function RequireCredentials() {
  const transport = useTransport();
  const queries = useQueryClient();
  const signedIn = useSignedIn();
  const org = useQuery({
    queryKey: ['org'],
    queryFn: async () => (await transport.me())?.org ?? signedIn.org,
    initialData: signedIn.org,
  }).data;
  const update = useMutation({
    mutationFn: (required: boolean) => transport.updateOrg({ requireRunnerCredentials: required }),
    onSuccess: (updated) => queries.setQueryData(['org'], updated),
  });
  if (org.requireRunnerCredentials === undefined) return null;
  const shown = update.isPending ? update.variables : org.requireRunnerCredentials;
  return (
    <section aria-label="Runner credentials" className="panel flex flex-col gap-2">
      <label className="flex cursor-pointer items-start gap-3">
        <input
          type="checkbox"
          className="mt-1 shrink-0"
          checked={shown}
          disabled={update.isPending}
          onChange={(event) => update.mutate(event.target.checked)}
        />
        <span>
          <span className="block font-medium">Runners need a credential of their own</span>
          <span className="text-soft">
            A key then only enrols them: whoever has it cannot be a runner that is there. Runners of older
            versions have to be updated first: those without a credential, on their pages.
          </span>
        </span>
      </label>
      <ErrorNote error={update.error} />
    </section>
  );
}
