/** What an API key may do. `admin` includes every scope; `runs:write` includes `runs:read`. */
export const scopes = ['admin', 'runs:write', 'runs:read', 'runner'] as const;
type Scope = (typeof scopes)[number];

const includes: Record<Scope, readonly Scope[]> = {
  admin: ['admin', 'runs:write', 'runs:read', 'runner'],
  'runs:write': ['runs:write', 'runs:read'],
  'runs:read': ['runs:read'],
  runner: ['runner'],
};

/** Whether credentials that hold `held` may call a route that needs `needed`. */
export function allows(held: readonly Scope[], needed: Scope): boolean {
  return held.some((scope) => includes[scope].includes(needed));
}
