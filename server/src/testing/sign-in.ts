import type { DecideSignIn, OpenedWindow, PolledSignIn, StartedSignIn } from '@agentfleet/contract';
import { sha256 } from '../auth/authenticator.js';
import type { TestServer } from './server.js';

export const computer = {
  ...{
    computer: 'mill',
    user: 'ann',
    hostname: 'mill.example',
    platform: 'linux' as const,
    version: '1.0.0',
  },
};

/** What a computer, and who decides about it, do over HTTP. `server` may be another one of the same database each time. */
export function signInAt(server: TestServer) {
  const post = (path: string, body: object, key: string | null = server.key, headers = {}) =>
    server.call('POST', `/api/v1${path}`, { key, body, headers });
  return {
    start: async () => (await (await post('/sign-ins', computer, null)).json()) as StartedSignIn,
    startAnswer: (headers = {}) => post('/sign-ins', computer, null, headers),
    /** At once, as if the time between two had passed. */
    async poll({ deviceCode }: StartedSignIn): Promise<Response> {
      const where = { deviceHash: sha256(deviceCode) as Uint8Array<ArrayBuffer> };
      await server.database.prisma.signIn.updateMany({ where, data: { polledAt: null } });
      return post('/sign-ins/poll', { deviceCode }, null);
    },
    pollNow: ({ deviceCode }: StartedSignIn) => post('/sign-ins/poll', { deviceCode }, null),
    look: (code: string, key = server.key) => server.call('GET', `/api/v1/sign-ins/${code}`, { key }),
    decide: (
      code: string,
      decision: typeof DecideSignIn._zod.input = { decision: 'allow' },
      key = server.key,
    ) => post(`/sign-ins/${code}/decision`, decision, key),
    open: (runnerId: string, credential: string, scopes: string[], key = server.key) =>
      post(`/runners/${runnerId}/window`, { credential, scopes }, key),
  };
}

/** What was allowed. */
export async function allowed(answer: Response): Promise<Extract<PolledSignIn, { state: 'allowed' }>> {
  const polled = (await answer.json()) as PolledSignIn;
  if (polled.state !== 'allowed') throw new Error(`It is ${JSON.stringify(polled)}`);
  return polled;
}

export const opened = async (answer: Response) => (await answer.json()) as OpenedWindow;
