import { ask } from '../windows/ask.js';

/** Asks whether a link may suggest this server. @returns whether the person wants to see it */
export async function askToConnect(server: string): Promise<boolean> {
  const response = await ask({
    type: 'question',
    message: `Connect this computer to ${shortened(server)}?`,
    detail:
      'A link asks for it. Only agree if you expected this: whoever runs that server can start sessions in the folders you allow. Nothing is sent until you paste a key.',
    buttons: ['Not now', 'Show me'],
    defaultId: 0,
    cancelId: 0,
  });
  return response === 1;
}

/** The beginning of an address says whose it is; a long one must not push the question out of sight. */
function shortened(address: string): string {
  return address.length > 120 ? `${address.slice(0, 119)}…` : address;
}
