import * as z from 'zod';
import { idPattern } from './plain/id-pattern.js';

const id = (prefix: string, what: string) =>
  z
    .string()
    .regex(idPattern(prefix), { error: `is not the id of ${what}` })
    .meta({ description: `The id of ${what}: ${prefix}…` });

/** Ids as the public API documentation shows them: a run is `clr…`, a runner `run_…`. */
export const RunId = id('clr', 'a run');
export const RunnerId = id('run_', 'a runner');
export const OrgId = id('org_', 'an org');
export const ApiKeyId = id('key_', 'an API key');
export const CommandId = id('cmd_', 'a command');
export const ApprovalId = id('apr_', 'an approval');

/** The fencing token of one attempt: 128 random bits or more, known to the claiming runner alone. */
export const AttemptToken = z
  .string()
  .regex(/^att_[A-Za-z0-9_-]{22,64}$/, { error: 'is not an attempt token' })
  .meta({ description: 'The fencing token that the claim gave out: att_…' });
