import { expect, test } from 'vitest';
import { childEnvironment } from './environment.js';

test('a session sees the user’s HOME, PATH and credentials, and the marker of its run', () => {
  const env = { HOME: '/home/ann', PATH: '/bin', ANTHROPIC_API_KEY: 'k', CLAUDE_CODE_OAUTH_TOKEN: 't' };
  expect(childEnvironment(env, 'clr1')).toEqual({ ...env, AF_RUN_MARKER: 'clr1' });
});

test('a session sees nothing of AgentFleet’s, however it is spelled', () => {
  const env = { AGENTFLEET_API_KEY: 'af_live_x', AgentFleet_Runner_Dir: '/x', agentfleet_port: '1' };
  expect(childEnvironment(env, 'clr1')).toEqual({ AF_RUN_MARKER: 'clr1' });
});

test('a session does not take itself for one inside another, nor carries another run’s marker', () => {
  const env = {
    CLAUDECODE: '1',
    CLAUDE_CODE_ENTRYPOINT: 'cli',
    AF_RUN_MARKER: 'clr0',
    af_run_marker: 'clr0',
  };
  expect(childEnvironment(env, 'clr1')).toEqual({ AF_RUN_MARKER: 'clr1' });
});
