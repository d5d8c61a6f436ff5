import {
  type CheckedInputOf,
  type CommandName,
  commands,
  type OutputOf,
  type Reply,
} from '@agentfleet/bridge';
import * as z from 'zod';
import type { Calm } from './calm.js';

/** What carries out each command. `Caller` stands for the window that asks. */
export type Handlers<Caller> = {
  [Name in CommandName]: (
    input: CheckedInputOf<Name>,
    caller: Caller,
  ) => Promise<OutputOf<Name>> | OutputOf<Name>;
};

/**
 * Answers one ask: an unknown command and an input that the contract does not allow reach no handler. Never rejects.
 */
export async function dispatch<Caller>(
  handlers: Handlers<Caller>,
  name: unknown,
  input: unknown,
  caller: Caller,
  calm?: Calm,
): Promise<Reply> {
  if (typeof name !== 'string' || !Object.hasOwn(commands, name)) {
    return { ok: false, message: 'There is no such command.' };
  }
  const parsed = commands[name as CommandName].input.safeParse(input);
  if (!parsed.success) return { ok: false, message: z.prettifyError(parsed.error) };
  // The table pairs each name with its own input; the compiler cannot follow a name that is only known at run time.
  const handle = handlers[name as CommandName] as (input: unknown, caller: Caller) => unknown;
  const work = () => handle(parsed.data, caller);
  try {
    return { ok: true, output: await (calm ? calm.keep(name as CommandName, work) : work()) };
  } catch (error) {
    return { ok: false, message: (error as Error).message };
  }
}
