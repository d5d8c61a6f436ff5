import type { RegisterRunner } from '@agentfleet/contract';

/** What a runner says of itself when it registers: by default a Linux box of its own, open in `/code`, for one run. */
export function machine(more: Partial<RegisterRunner> = {}): RegisterRunner {
  return {
    machineId: crypto.randomUUID(),
    name: 'box',
    hostname: 'box',
    platform: 'linux',
    arch: 'x64',
    version: '0.1.0',
    agentVersion: null,
    directories: ['/code'],
    permissionModes: ['default'],
    maxConcurrentRuns: 1,
    ...more,
  };
}
