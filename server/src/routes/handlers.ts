import { accountHandlers } from './account/account.js';
import { apiKeyHandlers } from './api-keys/api-keys.js';
import { approvalHandlers } from './approvals/approvals.js';
import { auditHandlers } from './audit/audit.js';
import type { Handlers } from './handler.js';
import { protocolHandlers } from './runner-protocol/runner-protocol.js';
import { runnerHandlers } from './runners/runners.js';
import { runHandlers } from './runs/runs.js';
import { signInHandlers } from './sign-ins/sign-ins.js';
import { streamHandlers } from './stream/stream.js';
import { usageHandlers } from './usage/usage.js';

/** Who answers each route of the contract. */
export const handlers: Handlers = {
  ...accountHandlers,
  ...apiKeyHandlers,
  ...approvalHandlers,
  ...auditHandlers,
  ...protocolHandlers,
  ...runnerHandlers,
  ...runHandlers,
  ...signInHandlers,
  ...streamHandlers,
  ...usageHandlers,
};
