/**
 * What the app's pages may do: load their own files, nothing from elsewhere, no connection at all (everything goes
 * over IPC), no inline script. Styles that libraries set on elements are allowed.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
