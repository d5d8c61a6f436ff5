import { setTimeout as delay } from 'node:timers/promises';
import { Computer } from '../../../desktop/e2e/electron/computer.js';
import { findLane } from '../../../desktop/e2e/electron/lane.js';
import { RunningApp } from '../../../desktop/e2e/electron/running-app.js';
import { Fleet, until } from '../../../runner-core/e2e/fleet.js';
import { delay as pause, type Reply, startModelServer, text } from '../../../runner-core/e2e/model-server.js';
import { absolute, type Row } from '../report.js';
import { timed } from '../session.js';
import { median } from '../statistics.js';
import { proveWatch, type Watched, watchEventLoop, watched } from './event-loop.js';
import { memoryOf } from './memory.js';
import { openSession } from './open-session.js';

const rounds = 7;
/** How long the app is left alone before its memory is read, ms. */
const restMs = 10_000;

/** Pieces of text 10 ms apart, as a busy session streams them. */
const stream: Reply[] = Array.from({ length: 800 }, (_, piece) => [
  text(`Piece ${piece}. ${'It goes on. '.repeat(20)}`),
  pause(10),
]).flat();

/** The app on a real Electron: how soon it shows something, what it takes in the tray, whether it ever stands still. */
export async function* app(): AsyncGenerator<Row> {
  if (!process.env.ELECTRON_PATH) {
    console.log('SKIPPED: set ELECTRON_PATH to an Electron; the stand-in measures nothing of the app.');
    return;
  }
  const lane = await findLane(process.env);
  if (!lane) return;
  const model = await startModelServer((request) =>
    JSON.stringify(request.messages).includes('stream') ? stream : [text('done')],
  );
  const fleet = await Fleet.start(model, { daemon: false });
  const computer = new Computer(model.url);
  computer.writeSettings({ server: fleet.url, directories: [computer.code], name: 'bench' });
  const running = await RunningApp.start(lane, computer, {
    args: ['--hidden'],
    env: { AGENTFLEET_API_KEY: fleet.key },
  });
  try {
    await running.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: online');
    const { id } = await fleet.launch({ cwd: computer.code, prompt: 'the first session' });
    await fleet.ended(id);

    await delay(restMs);
    const memory = await memoryOf(running.pid);
    if (memory) {
      console.log(
        `      (${memory.processes} processes; the sum of their RSS is ${Math.round(memory.rss)} MB)`,
      );
      yield absolute('app, tray only, PSS of all its processes', 'MB', memory.pss, '<=', 250);
    }

    const opened: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      opened.push(await timed(() => showFirstSession(running)));
      await running.closeWindow();
      await until(async () => (await running.windows()) === 0);
    }
    yield absolute('app, window open to first session shown', 'ms', median(opened), '<=', 1_500);

    await showFirstSession(running);
    await proveWatch(running);
    await watchEventLoop(running);
    const streaming = await fleet.launch({ cwd: computer.code, prompt: 'stream' });
    const page = await running.page();
    await page.getByText('stream', { exact: true }).first().click();
    await fleet.ended(streaming.id);
    const loop = await watched(running);
    console.log(
      `      (${loop.samples} samples, 99 of 100 below ${loop.p99.toFixed(1)} ms; ${inWords(loop)})`,
    );
    const { total } = loop.longest;
    yield absolute('app, main process blocked at most while a session streams', 'ms', total, '<=', 50);
    if (loop.isExplained) {
      yield absolute('app, most work of the main process between two turns', 'ms', loop.mostWork, '<=', 50);
    }
    yield* openSession(running, page, fleet);
  } finally {
    await running.kill();
    await computer.remove();
    await fleet.close();
    await model.close();
  }
}

/** From the click in the tray until the list has a session. */
async function showFirstSession(running: RunningApp): Promise<void> {
  const [window] = await Promise.all([
    running.electron.waitForEvent('window'),
    running.clickTray('Open dashboard'),
  ]);
  await window.getByText('the first session').first().waitFor();
}

/** What the longest stand-still consisted of. */
function inWords({ longest: { total, worked, waited }, isExplained }: Watched): string {
  if (!isExplained) return 'this system does not tell what it was';
  return `of the ${total.toFixed(0)} ms at most it waited ${waited.toFixed(0)} for a core and worked ${worked.toFixed(1)}`;
}
