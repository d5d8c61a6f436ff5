/** What the log tells of a fault. */
export interface Fault {
  type: string;
  code: string | undefined;
  message: string;
  /** Where it came from, without the message. */
  at: string[];
}

/** SQLSTATE class 22: the database could not read a value, and repeats it. */
const quotesValue = /^22[0-9A-Z]{3}$/;

/**
 * A fault as it may be logged. Databases put the rows and parameters of a statement into their errors (`detail`,
 * `where`, the call that Prisma prints), and these hold prompts: only what describes the fault itself is kept.
 */
export function describeFault(error: unknown): Fault {
  if (!(error instanceof Error)) return { type: typeof error, code: undefined, message: 'no error', at: [] };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return {
    type: error.name,
    code,
    message: messageOf(error, code),
    at: (error.stack ?? '')
      .split('\n')
      .filter((line) => /^\s+at /.test(line))
      .map((line) => line.trim()),
  };
}

function messageOf({ name, message }: Error, code: string | undefined): string {
  if (code !== undefined && quotesValue.test(code)) return 'the database refused a value';
  // Prisma prints the call with its arguments first, the reason last.
  return name.startsWith('PrismaClient') ? (message.trim().split('\n').at(-1) ?? '') : message;
}
