import { CreateRun, defaultApprovalSec, PermissionMode, type Run } from '@agentfleet/contract';
import * as z from 'zod';

/** The form as it is being filled in: text, as fields hold it. Kept in this browser until it is launched. */
export const LaunchDraft = z.object({
  prompt: z.string().catch(''),
  cwd: z.string().catch(''),
  /** Empty is any. */
  runnerId: z.string().catch(''),
  mode: PermissionMode.catch('default'),
  model: z.string().catch(''),
  /** Comma-separated. */
  labels: z.string().catch(''),
  timeoutMin: z.string().catch(''),
  stallMin: z.string().catch(''),
  maxTurns: z.string().catch(''),
  maxBudgetUsd: z.string().catch(''),
  priority: z.string().catch(''),
  queueTtlMin: z.string().catch(''),
  /** 0 asks nobody. */
  approvalMin: z.string().catch(''),
  maxAttempts: z.string().catch(''),
  sharedCwd: z.boolean().catch(false),
});
export type LaunchDraft = z.infer<typeof LaunchDraft>;
export type DraftField = keyof LaunchDraft;

/** Reads what was stored; whatever it cannot mean is empty. Nobody bypasses permissions because they did so last time. */
export function readDraft(stored: string): LaunchDraft {
  const draft = LaunchDraft.parse(parseJson(stored));
  return draft.mode === 'bypassPermissions' ? { ...draft, mode: 'default' } : draft;
}

/** The form that launches the same again. */
export function draftOf(run: Run): LaunchDraft {
  const minutes = (seconds: number | null) => (seconds === null ? '' : String(seconds / 60));
  const number = (value: number | null) => (value === null ? '' : String(value));
  return {
    prompt: run.input,
    cwd: run.cwd,
    runnerId: '',
    mode: run.permissionMode,
    model: run.model ?? '',
    labels: run.labels.join(', '),
    timeoutMin: minutes(run.timeoutSec),
    stallMin: minutes(run.stallSec),
    maxTurns: number(run.maxTurns),
    maxBudgetUsd: number(run.maxBudgetUsd),
    priority: run.priority === 0 ? '' : String(run.priority),
    queueTtlMin: minutes(run.queueTtlSec),
    approvalMin: run.approvalSec === defaultApprovalSec ? '' : minutes(run.approvalSec),
    maxAttempts: run.retry.maxAttempts === 1 ? '' : String(run.retry.maxAttempts),
    sharedCwd: run.sharedCwd,
  };
}

export type Built = { request: CreateRun } | { errors: Partial<Record<DraftField, string>> };

/** The request a draft means, or what is wrong with it by field. */
export function buildRequest(draft: LaunchDraft): Built {
  const number = (text: string) => (text.trim() === '' ? undefined : Number(text));
  const seconds = (minutes: string) => (minutes.trim() === '' ? undefined : Math.round(Number(minutes) * 60));
  const given = {
    prompt: draft.prompt,
    cwd: draft.cwd.trim(),
    runnerId: draft.runnerId || undefined,
    permissionMode: draft.mode,
    model: draft.model.trim() || undefined,
    labels: splitLabels(draft.labels),
    timeoutSec: seconds(draft.timeoutMin),
    stallSec: seconds(draft.stallMin),
    maxTurns: number(draft.maxTurns),
    maxBudgetUsd: number(draft.maxBudgetUsd),
    priority: number(draft.priority),
    queueTtlSec: seconds(draft.queueTtlMin),
    approvalSec: seconds(draft.approvalMin),
    retry: draft.maxAttempts.trim() === '' ? undefined : { maxAttempts: number(draft.maxAttempts) },
    sharedCwd: draft.sharedCwd,
  };
  const checked = CreateRun.safeParse(given);
  if (checked.success) return { request: checked.data };
  const errors: Partial<Record<DraftField, string>> = {};
  for (const { path, message } of checked.error.issues) {
    const field = fieldOf[String(path[0])];
    if (field) errors[field] ??= words[field] ?? `It ${message}.`;
  }
  return { errors };
}

const fieldOf: Record<string, DraftField | undefined> = {
  prompt: 'prompt',
  cwd: 'cwd',
  runnerId: 'runnerId',
  permissionMode: 'mode',
  model: 'model',
  labels: 'labels',
  timeoutSec: 'timeoutMin',
  stallSec: 'stallMin',
  maxTurns: 'maxTurns',
  maxBudgetUsd: 'maxBudgetUsd',
  priority: 'priority',
  queueTtlSec: 'queueTtlMin',
  approvalSec: 'approvalMin',
  retry: 'maxAttempts',
};

/** Where the contract's own words speak of seconds or of a type. */
const words: Partial<Record<DraftField, string>> = {
  labels: 'At most 20 labels of up to 100 characters.',
  timeoutMin: 'Minutes up to 10080, a week.',
  stallMin: 'Minutes up to 1440, a day.',
  maxTurns: 'A whole number up to 10000.',
  maxBudgetUsd: 'US dollars, more than 0 and up to 100000.',
  priority: 'A whole number from -100 to 100.',
  queueTtlMin: 'Minutes up to 43200, a month.',
  approvalMin: 'Minutes up to 10080, a week; 0 asks nobody.',
  maxAttempts: 'A whole number from 1 to 10.',
};

/** `a, b, a` → `['a', 'b']` */
function splitLabels(text: string): string[] {
  const labels = text.split(',').map((label) => label.trim());
  return [...new Set(labels.filter((label) => label !== ''))];
}

function parseJson(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  } catch {
    return {};
  }
}
