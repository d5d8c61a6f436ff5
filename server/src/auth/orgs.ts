import type { UpdateOrg } from '@agentfleet/contract';
import type { Database } from '../db/database.js';

/** What operators say of an org, besides what its admins may. */
export interface OrgChange extends Partial<UpdateOrg> {
  name?: string;
  /** null takes the limit away. */
  maxConcurrentRuns?: number | null;
}

/** Changes an org. It is remembered with its keys, so every server forgets those; what waited for its limit is looked at. */
export async function changeOrg({ prisma, wakeups }: Database, id: string, change: OrgChange) {
  const org = await prisma.org.update({ where: { id }, data: change });
  wakeups.wake('keys');
  if (change.maxConcurrentRuns !== undefined) wakeups.wake(`ended:${id}`);
  return org;
}

/** Changes what an org requires. */
export async function updateOrg(database: Database, id: string, { requireRunnerCredentials }: UpdateOrg) {
  const { name } = await changeOrg(database, id, { requireRunnerCredentials });
  return { id, name, requireRunnerCredentials };
}
