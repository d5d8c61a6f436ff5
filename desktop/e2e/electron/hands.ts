import type { CommandName, InputOf, Reply } from '@agentfleet/bridge';
import type { Page } from 'playwright-core';
import type { RunningApp } from './running-app.js';
import type { Answers } from './told.js';

/** Copies a text, as a person does with what the dashboard shows. */
export function copyText(app: RunningApp, text: string): Promise<void> {
  return app.electron.evaluate(({ clipboard }, text) => clipboard.writeText(text), text);
}

/** From here on the dialogs of the system are answered so. */
export function answerDialogs(app: RunningApp, answers: Partial<Answers>): Promise<void> {
  return app.electron.evaluate((_electron, answers) => {
    globalThis.answers = { button: undefined, files: [], ...answers };
  }, answers);
}

/** Goes through the first-run screen. */
export async function connect(app: RunningApp, page: Page, server: string, key: string): Promise<void> {
  await page.getByLabel('Server address').fill(server);
  await copyText(app, key);
  await page.getByRole('button', { name: 'Paste the copied key' }).click();
  await page.getByText('The key works').waitFor();
  await answerDialogs(app, { files: [app.computer.code] });
  await page.getByRole('button', { name: 'Add a folder…' }).click();
  await page.getByText(/^● You are online as /).waitFor();
}

/** As a page that is not ours any more: it can say everything that the preload script lets through. */
export async function ask<Name extends CommandName>(
  app: RunningApp,
  name: Name,
  input: InputOf<Name>,
): Promise<Reply> {
  const words = JSON.stringify(input === undefined ? [name] : [name, input]);
  const said = await app.inPage(`agentfleet.ask(...${words}).then((reply) => JSON.stringify(reply))`);
  return JSON.parse(String(said));
}
