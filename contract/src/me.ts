import * as z from 'zod';
import { ApiKey } from './api-keys.js';
import { OrgId } from './ids.js';

/** Who the caller is: the org and the key behind the credentials. */
export const Me = z
  .strictObject({
    org: z.strictObject({ id: OrgId, name: z.string() }),
    key: ApiKey,
  })
  .meta({ id: 'Me' });
export type Me = z.infer<typeof Me>;
