import { expect, test } from 'vitest';
import { redact } from './redact.js';

/** What must not be left of each, and the text that carries it. */
const carriers: [secret: string, text: string][] = [
  ['Abcdefgh12345678', 'refused af_live_Abcdefgh12345678'],
  ['Abcdefgh12345678', 'AGENTFLEET_API_KEY=af_live_Abcdefgh12345678'],
  ['Abcdefgh12345678', 'x_af_live_Abcdefgh12345678'],
  ['api03-Zyxwvuts', 'ANTHROPIC_API_KEY=sk-ant-api03-Zyxwvuts'],
  ['abcDEF123456', 'authorization: Bearer abcDEF123456'],
  ['abcDEF123456', '{"authorization":"Bearer abcDEF123456"}'],
  ['dXNlcjpwYXNz', 'Authorization: Basic dXNlcjpwYXNz'],
  ['ghpsecret123', 'fatal: could not read from https://ghp_ghpsecret123@github.example/x.git'],
  ['hunter2', 'postgres://ann:hunter2@db.example/x'],
  ['hunter2', 'DB_PASSWORD=hunter2 npm start'],
  ['hunter2', '{"password": "hunter2"}'],
  ['hunter2', 'client_secret: hunter2'],
  ['hunter2', 'https://fleet.example/?token=hunter2&x=1'],
  ['c2lnbmF0dXJl', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'],
  ['MIIEvQIBADANBg', '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----'],
  ['abcsession', 'cookie: agentfleet_session=abcsession'],
  ['IOSFODNN7EXAMPLE', 'AKIAIOSFODNN7EXAMPLE'],
];

test.each(carriers)('%s is cut out of: %s', (secret, text) => {
  expect(redact(text)).not.toContain(secret);
  // Cutting what was cut changes nothing, and the rest of the text is still there.
  expect(redact(redact(text))).toBe(redact(text));
});

test.each([
  'clrabcdefgh12345 starts.',
  'Refused to go to https://fleet.example/a?b=c',
  'The window’s process is gone: crashed',
  'The API key is wrong, expired or revoked.',
  'the task-list of sk-8 and tokens: 12',
  'Offline: NETWORK_ERROR connect ECONNREFUSED 127.0.0.1:7373',
])('an ordinary line stays as it is: %s', (line) => {
  if (line.includes('tokens: 12')) expect(redact(line)).toContain('the task-list of sk-8');
  else expect(redact(line)).toBe(line);
});
