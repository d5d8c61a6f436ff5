import type { QueueWait } from '@agentfleet/contract';

/** Why a run waits, as people read it: what the server says besides to programs, the screens have a button for. */
export const whyWords = ({ message }: QueueWait): string => message.replace(/ Set sharedCwd .*$/s, '');
