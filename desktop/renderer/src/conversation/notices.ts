import type { Event, JsonObject } from '@agentfleet/contract';
import { numberAt, objectAt, textAt } from './payload.js';

/** What a line of the log that is nobody's words asks of who reads it. */
export interface Notice {
  tone: 'info' | 'warn' | 'bad';
  about: 'limit' | 'hook' | 'task' | 'server' | 'retry' | 'denied' | 'message';
}

/** How a line of the system stands out; undefined where it does not. By Claude Code's own message, which is its data. */
export function noticeOf({ kind, data }: Pick<Event, 'kind' | 'data'>): Notice | undefined {
  if (kind !== 'system' || !data) return undefined;
  if (data.type === 'rate_limit_event') return limitNotice(objectAt(data, 'rate_limit_info'));
  if (data.type === 'mcp_server') return { tone: 'warn', about: 'server' };
  if (data.type !== undefined && data.type !== 'system') return undefined;
  switch (data.subtype) {
    case 'hook_response':
      return hookNotice(data);
    case 'task_notification':
      return taskNotice(textAt(data, 'status'));
    case 'task_updated':
      return taskNotice(textAt(objectAt(data, 'patch'), 'status'));
    case 'api_retry':
      return { tone: 'warn', about: 'retry' };
    case 'permission_denied':
      return { tone: 'warn', about: 'denied' };
    case 'informational':
      return { tone: toneOf(textAt(data, 'level')), about: 'message' };
    default:
      return undefined;
  }
}

/**
 * Whether a line says only that something goes on: it is in the log, and no part of the conversation. Another permission
 * mode and a compaction that failed come as a status too, and are news; so is a task that did not end well.
 */
export function isProgress(event: Pick<Event, 'kind' | 'data'>): boolean {
  const { kind, data } = event;
  if (kind !== 'system') return false;
  if (data?.type === 'rate_limit_event') return noticeOf(event) === undefined;
  switch (data?.subtype) {
    case 'thinking_tokens':
    case 'task_progress':
    case 'background_tasks_changed':
    case 'hook_started':
    case 'hook_progress':
    case 'session_state_changed':
      return true;
    case 'task_updated':
      return !isTrouble(textAt(objectAt(data, 'patch'), 'status'));
    case 'status':
      return !data.permissionMode && !data.compact_error;
    default:
      return false;
  }
}

function limitNotice(info: JsonObject | null): Notice | undefined {
  const status = textAt(info, 'status');
  if (status === 'rejected') return { tone: 'bad', about: 'limit' };
  return status === undefined || status === 'allowed' ? undefined : { tone: 'warn', about: 'limit' };
}

function hookNotice(data: JsonObject): Notice | undefined {
  const code = numberAt(data, 'exit_code', 'exitCode');
  const isGood =
    data.outcome === 'success' || (data.outcome === undefined && (code === undefined || code === 0));
  return isGood && (code ?? 0) === 0 ? undefined : { tone: 'warn', about: 'hook' };
}

const isTrouble = (status: string | undefined) =>
  status === 'failed' || status === 'killed' || status === 'stopped';

function taskNotice(status: string | undefined): Notice | undefined {
  if (!isTrouble(status)) return status === 'completed' ? { tone: 'info', about: 'task' } : undefined;
  return { tone: status === 'failed' ? 'bad' : 'warn', about: 'task' };
}

function toneOf(level: string | undefined): Notice['tone'] {
  if (level === 'error') return 'bad';
  return level === 'warning' || level === 'warn' ? 'warn' : 'info';
}
