import * as z from 'zod';
import { ApiKey } from './api-keys.js';
import { Org } from './orgs.js';

/** Who the caller is: the org and the key behind the credentials. */
export const Me = z
  .strictObject({
    org: Org,
    key: ApiKey,
  })
  .meta({ id: 'Me' });
export type Me = z.infer<typeof Me>;
