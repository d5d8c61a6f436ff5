import { useMutation } from '@tanstack/react-query';
import { ErrorNote } from '../ui/notes.js';
import { toast } from '../ui/toasts.js';
import { useTransport } from './transport-context.js';

interface Csv {
  /** Of the file. */
  name: string;
  text: string;
  /** What people are told once it is saved, if anything. */
  told?: string | undefined;
}

/** A button that saves what `make` gives. */
export function ExportCsv({ make }: { make: () => Promise<Csv> }) {
  const transport = useTransport();
  const save = useMutation({
    mutationFn: async () => {
      const { name, text, told } = await make();
      await transport.saveFile(name, 'text/csv', text);
      if (told !== undefined) toast({ title: told });
    },
  });
  return (
    <>
      <button type="button" className="button" disabled={save.isPending} onClick={() => save.mutate()}>
        Export CSV
      </button>
      <ErrorNote error={save.error} />
    </>
  );
}
