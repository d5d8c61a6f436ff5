import type { UpdateOrg } from '@agentfleet/contract';
import type { Database } from '../db/database.js';

/** Changes what an org requires. It is remembered with its keys, so every server forgets those. */
export async function updateOrg(
  { prisma, wakeups }: Database,
  id: string,
  { requireRunnerCredentials }: UpdateOrg,
) {
  const org = await prisma.org.update({ where: { id }, data: { requireRunnerCredentials } });
  wakeups.wake('keys');
  return { id, name: org.name, requireRunnerCredentials };
}
