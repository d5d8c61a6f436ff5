import * as z from 'zod';
import { Me } from './me.js';
import { Timestamp } from './text.js';

/**
 * Signing in to the dashboard: an API key, or the one-time code that `npm start` prints, becomes a cookie
 * session (HttpOnly, SameSite=Strict). The session has the scopes of its key and ends with it.
 */
export const CreateBrowserSession = z
  .union([z.strictObject({ apiKey: z.string().max(200) }), z.strictObject({ code: z.string().max(200) })], {
    error: 'The body needs apiKey or code',
  })
  .meta({ id: 'CreateBrowserSession' });
export type CreateBrowserSession = z.infer<typeof CreateBrowserSession>;

export const BrowserSession = Me.extend({
  csrfToken: z
    .string()
    .meta({ description: 'Send it as the AgentFleet-CSRF header of every unsafe request' }),
  expiresAt: Timestamp,
}).meta({ id: 'BrowserSession' });
export type BrowserSession = z.infer<typeof BrowserSession>;
