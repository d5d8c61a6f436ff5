import { expect, test } from 'vitest';
import { childEnvironment, keptFromSessions } from './environment.js';

test('a session sees the user’s HOME, PATH, tools and credentials, and the marker of its run', () => {
  const env = {
    HOME: '/home/ann',
    PATH: '/bin',
    LC_ALL: 'C.UTF-8',
    https_proxy: 'http://proxy',
    ANTHROPIC_API_KEY: 'k',
    CLAUDE_CODE_OAUTH_TOKEN: 't',
    MAX_THINKING_TOKENS: '1000',
    JAVA_HOME: '/opt/java',
    SSH_AUTH_SOCK: '/run/agent',
  };
  expect(childEnvironment(env, 'clr1')).toEqual({ ...env, AF_RUN_MARKER: 'clr1' });
});

test('a session sees nothing of AgentFleet’s, however it is spelled and whatever is allowed', () => {
  const env = {
    AGENTFLEET_API_KEY: 'af_live_x',
    AgentFleet_Runner_Dir: '/x',
    agentfleet_port: '1',
    ALLOWED_DIRS: '/home',
    Allowed_Permission_Modes: 'plan',
    RUNNER_NAME: 'desk',
    MAX_CONCURRENT_RUNS: '4',
    MAX_TIMEOUT_SEC: '1',
    MAX_STALL_SEC: '1',
    MAX_APPROVAL_SEC: '1',
    METRICS_TOKEN: 'secret-of-prometheus',
    METRICS_TOKEN_FILE: '/token',
    DATABASE_URL_FILE: '/url',
    LOST_GRACE_SEC: '1',
    EVENT_RETENTION_DAYS: '1',
  };
  expect(childEnvironment(env, 'clr1')).toEqual({ AF_RUN_MARKER: 'clr1' });
  expect(childEnvironment({ ...env, ALLOWED_ENV: '*' }, 'clr1')).toEqual({ AF_RUN_MARKER: 'clr1' });
});

test('what nobody knows is kept from sessions until ALLOWED_ENV names it, whole or by its beginning', () => {
  const env = {
    PATH: '/bin',
    DATABASE_URL: 'postgres://a:b@c/d',
    ACME_URL: 'u',
    ACME_TOKEN: 't',
    PORT: '80',
  };
  const seen = (ALLOWED_ENV?: string) =>
    Object.keys(
      childEnvironment({ ...env, ...(ALLOWED_ENV !== undefined && { ALLOWED_ENV }) }, 'clr1'),
    ).sort();
  expect(seen()).toEqual(['AF_RUN_MARKER', 'PATH']);
  expect(seen('acme_*, PORT')).toEqual(['ACME_TOKEN', 'ACME_URL', 'AF_RUN_MARKER', 'PATH', 'PORT']);
  expect(seen('*')).toEqual(['ACME_TOKEN', 'ACME_URL', 'AF_RUN_MARKER', 'DATABASE_URL', 'PATH', 'PORT']);
  expect(keptFromSessions({ ...env, ALLOWED_ENV: 'ACME_*', PWD: '/', AGENTFLEET_URL: 'x' })).toEqual([
    'DATABASE_URL',
    'PORT',
  ]);
});

test('a session does not take itself for one inside another, nor carries another run’s marker', () => {
  const env = {
    CLAUDECODE: '1',
    CLAUDE_CODE_ENTRYPOINT: 'cli',
    AF_RUN_MARKER: 'clr0',
    af_run_marker: 'clr0',
  };
  expect(childEnvironment(env, 'clr1')).toEqual({ AF_RUN_MARKER: 'clr1' });
  expect(childEnvironment({ ...env, ALLOWED_ENV: '*' }, 'clr1')).toEqual({ AF_RUN_MARKER: 'clr1' });
});
