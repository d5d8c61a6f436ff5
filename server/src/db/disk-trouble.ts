interface DiskTrouble {
  /** What is wrong, to go on a sentence with. */
  words: string;
  /** What to do about it, as a sentence. */
  mend: string;
}

/** As PostgreSQL, and as Node, say it. */
const known: [RegExp, DiskTrouble][] = [
  [
    /\bENOSPC\b|\bEDQUOT\b|no space left|quota exceeded/i,
    { words: 'its disk is full', mend: 'Make room on it, then start AgentFleet again.' },
  ],
  [
    /\bEROFS\b|read-only file system/i,
    { words: 'its disk is read-only', mend: 'Make it writable, then start AgentFleet again.' },
  ],
  [
    /\b(EIO|ENXIO|ENODEV|ESTALE)\b|(I\/O|input\/output) error|no such device/i,
    { words: 'its disk fails', mend: 'Look after it, then start AgentFleet again.' },
  ],
  [
    /\b(EACCES|EPERM)\b|permission denied|operation not permitted/i,
    {
      words: 'its files may not be written',
      mend: 'Give them back to the user of this server, then start it again.',
    },
  ],
];

/** What an error says of the disk; undefined where it is about something else. */
export function diskTroubleOf(said: string): DiskTrouble | undefined {
  return known.find(([pattern]) => pattern.test(said))?.[1];
}
