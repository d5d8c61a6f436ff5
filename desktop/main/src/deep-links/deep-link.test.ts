import { expect, test } from 'vitest';
import { deepLinkIn, parseDeepLink } from './deep-link.js';

test('a link to a session names it', () => {
  expect(parseDeepLink('agentfleet://runs/clrabcdefgh12345')).toEqual({
    kind: 'run',
    runId: 'clrabcdefgh12345',
  });
});

test.each([
  ['https%3A%2F%2Ffleet.example%2F', 'https://fleet.example'],
  ['https://fleet.example/base', 'https://fleet.example/base'],
  ['http://127.0.0.1:7373', 'http://127.0.0.1:7373'],
  ['http://localhost:7373', 'http://localhost:7373'],
])('a link to connect with %s suggests %s', (url, server) => {
  expect(parseDeepLink(`agentfleet://connect?url=${url}`)).toEqual({ kind: 'connect', server });
});

test.each([
  'agentfleet://runs/../settings',
  'agentfleet://runs/clrabcdefgh12345/cancel',
  'agentfleet://runs/clrabcdefgh12345?do=cancel',
  'agentfleet://runs/clr%00abcdefgh',
  'agentfleet://runs/',
  'agentfleet://connect?url=http://fleet.example',
  'agentfleet://connect?url=https://ann:pw@fleet.example',
  'agentfleet://connect?url=https://fleet.example&key=af_live_x',
  'agentfleet://connect?key=af_live_x',
  'agentfleet://connect?url=https://a.example&url=https://b.example',
  'agentfleet://connect?url=file:///etc/passwd',
  'agentfleet://connect?url=javascript:alert(1)',
  'agentfleet://connect/evil?url=https://fleet.example',
  'agentfleet://user@runs/clrabcdefgh12345',
  'agentfleet://launch?prompt=rm',
  'https://runs/clrabcdefgh12345',
  'agentfleet:',
  '--inspect',
  `agentfleet://connect?url=https://fleet.example/${'a'.repeat(3_000)}`,
])('%s asks for nothing', (link) => {
  expect(parseDeepLink(link)).toBeUndefined();
});

test('the link is found among the arguments of a second start', () => {
  expect(deepLinkIn(['/opt/AgentFleet/agentfleet', '--hidden', 'agentfleet://runs/x'])).toBe(
    'agentfleet://runs/x',
  );
  expect(deepLinkIn(['/opt/AgentFleet/agentfleet'])).toBeUndefined();
});
