import { Seen } from '../ui/seen.js';

/** What a switch to a permission mode allows from then on, as Claude Code carries it out. */
const modes: Readonly<Record<string, string>> = {
  acceptEdits:
    'every change of files in the session’s folder, and commands that make, move or delete files there',
  bypassPermissions: 'everything, also commands, outside of the folder and on the network',
};
const modeOf = /^permission mode (\w+)$/;
const ruleOf = /^\w+\((.+):\*\)$/;

/** What is allowed from then on, in people’s words where those are known, and as Claude Code names it. */
export function Grant({ of }: { of: string }) {
  const mode = modeOf.exec(of)?.[1];
  const words = mode === undefined ? undefined : modes[mode];
  const begins = /^Bash\(/.test(of) && !of.includes(', ') ? ruleOf.exec(of)?.[1] : undefined;
  if (begins !== undefined) {
    return (
      <>
        every command that begins with <Exactly text={begins} />, whatever follows,
      </>
    );
  }
  return words === undefined ? (
    <Exactly text={of} />
  ) : (
    <>
      {words} (<Exactly text={mode ?? ''} />)
    </>
  );
}

const Exactly = ({ text }: { text: string }) => (
  <code className="mono text-ink">
    <Seen text={text} />
  </code>
);
