import { Scope } from '@agentfleet/contract';
import * as z from 'zod';
import { oneLine } from '../agents/claude-code/text.js';

const Name = z.string().transform((name) => oneLine(name, 200));
/** As far as anybody here asks; scopes that only a newer server knows allow nothing here. */
const Known = z.object({
  org: z.object({ name: Name }),
  key: z.object({
    name: Name,
    scopes: z
      .array(z.string())
      .transform((scopes) => scopes.flatMap((scope) => Scope.safeParse(scope).data ?? [])),
  }),
});
export type KnownMe = z.infer<typeof Known>;

/** Whose key it is, as `GET /me` says it; undefined for the answer of anything else. */
export function readMe(text: string): KnownMe | undefined {
  try {
    return Known.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
