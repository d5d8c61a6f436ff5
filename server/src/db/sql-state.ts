/**
 * The SQLSTATE of an error, e.g. `53100`, or Prisma's own code: `pg` has it as the code, Prisma's adapter as `originalCode`, Prisma
 * itself in the message of a P2039. '' for an error without any.
 */
export function sqlStateOf(error: object): string {
  const { code, originalCode, message } = error as Record<string, unknown>;
  const [, told] = /^Database error\. Code: `(\w{5})`/m.exec(String(message)) ?? [];
  if (told !== undefined) return told;
  if (typeof originalCode === 'string') return originalCode;
  return typeof code === 'string' ? code : '';
}
