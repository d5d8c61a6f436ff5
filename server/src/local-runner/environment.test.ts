import { delimiter, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { readConfig } from '../config.js';
import { serverSecrets } from '../secrets.js';
import { settingNames } from '../setting-names.js';
import { localRunnerEnvironment } from './environment.js';

const repository = resolve('/home/you/agentfleet');
const bin = (...parents: string[]) => join(resolve('/'), ...parents, 'node_modules', '.bin');

test('the user’s own programs come before those that npm put first', () => {
  const npms = [bin('home', 'you', 'agentfleet'), bin('home', 'you'), bin()];
  const users = [resolve('/usr/local/bin'), bin('home', 'you', 'other'), resolve('/usr/bin')];
  const Path = [...npms, ...users].join(delimiter);
  const env = localRunnerEnvironment({ Path }, repository);
  expect(env).toEqual({ Path: [...users, ...npms].join(delimiter) });
});

test('sessions see neither the server’s settings nor npm’s, and everything else as it was', () => {
  const users = {
    HOME: '/home/you',
    ANTHROPIC_API_KEY: 'sk',
    npm_config_registry: 'https://registry',
    TZ: 'UTC',
  };
  const env = localRunnerEnvironment(
    {
      ...users,
      DATABASE_URL: 'postgresql://agentfleet:secret@db/fleet',
      PORT: '80',
      HOST: '0.0.0.0',
      LOG_LEVEL: 'debug',
      METRICS_TOKEN: 'token-of-prometheus',
      LOST_GRACE_SEC: '900',
      npm_lifecycle_event: 'start',
      npm_package_name: 'agentfleet',
      npm_config_local_prefix: '/home/you/agentfleet',
      INIT_CWD: '/home/you/agentfleet',
    },
    repository,
  );
  expect(env).toEqual(users);
});

test('whatever the server reads of the environment is one of its settings, and none of them comes to sessions', () => {
  const read = new Set<string>();
  const given: Record<string, string> = {
    ...{ LOG_STORE: 's3://bucket/prefix', LOG_ARCHIVE_DAYS: '9', RUN_RETENTION_DAYS: '9' },
  };
  readConfig(
    new Proxy(given, {
      get: (env, name) => {
        read.add(String(name));
        return env[String(name)];
      },
    }),
  );
  expect([...read].sort()).toEqual([...settingNames].sort());
  const ofUser = ['AGENTFLEET_API_KEY'];
  expect(serverSecrets.filter((name) => !ofUser.includes(name) && !read.has(name))).toEqual([]);
  const all = Object.fromEntries(settingNames.map((name) => [name, 'secret']));
  expect(localRunnerEnvironment({ ...all, HOME: '/home/you' }, repository)).toEqual({ HOME: '/home/you' });
});
