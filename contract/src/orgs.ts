import * as z from 'zod';
import { OrgId } from './ids.js';

const requireRunnerCredentials = z.boolean().meta({
  description:
    'Whether an API key may do nothing of the runner protocol but enrol: each runner then needs a credential of its own',
});

export const Org = z
  .strictObject({
    id: OrgId,
    name: z.string(),
    requireRunnerCredentials: requireRunnerCredentials.optional(),
  })
  .meta({ id: 'Org', description: 'The tenant. Older servers leave requireRunnerCredentials out' });
export type Org = z.infer<typeof Org>;

export const UpdateOrg = z.strictObject({ requireRunnerCredentials }).meta({ id: 'UpdateOrg' });
export type UpdateOrg = z.infer<typeof UpdateOrg>;
