import { until } from '../../../runner-core/e2e/fleet.js';
import type { RunningApp } from './running-app.js';

/** A way to break in. Resolves to what it achieved; undefined when it was held off. */
export type Probe = (app: RunningApp) => Promise<string | undefined>;

/** A script that somebody managed to write into the page. */
const inlineScript: Probe = async (app) => {
  const ran = await app.inPage(`
    const script = document.createElement('script');
    script.textContent = 'window.brokenIn = true';
    document.head.append(script);
    let evaluated = false;
    try { evaluated = new Function('return true')() } catch {}
    window.brokenIn === true || evaluated
  `);
  return ran === true ? 'a script that is not the app’s own ran in the page' : undefined;
};

/** A page that changes JavaScript's own objects to see what the preload script does with them. */
const changedObjects: Probe = async (app) => {
  const caught = await app.inPage(`
    const mine = () => undefined;
    const caught = [];
    const changed = [[Array.prototype, 'push'], [Map.prototype, 'set'], [Function.prototype, 'call']];
    const originals = changed.map(([owner, name]) => owner[name]);
    const { apply } = Reflect;
    changed.forEach(([owner, name], index) => {
      owner[name] = function (...args) {
        if (args.some((each) => typeof each === 'function' && each !== mine)) caught[caught.length] = name;
        return apply(originals[index], this, args);
      };
    });
    // Where two listeners are held otherwise than three, the third one is held as all that follow.
    for (let count = 0; count < 3; count += 1) agentfleet.listen(mine);
    changed.forEach(([owner, name], index) => { owner[name] = originals[index]; });
    caught.join()
  `);
  return caught === '' ? undefined : `the page saw a function of the preload script in ${caught}`;
};

/** A page that is not the app's own, in a window with its preload script. */
const foreignPage: Probe = async (app) => {
  const reply = await app.electron.evaluate(async ({ app, BrowserWindow }) => {
    const preload = `${app.getAppPath()}/dist/preload.cjs`;
    const webPreferences = { preload, sandbox: true, contextIsolation: true };
    const window = new BrowserWindow({ show: false, webPreferences });
    await window.loadURL('data:text/html,<title>elsewhere</title>');
    const code = `agentfleet.ask('state', undefined).then((reply) => JSON.stringify(reply))`;
    const reply: unknown = await window.webContents.executeJavaScript(code);
    window.destroy();
    return String(reply);
  });
  const refused = reply === JSON.stringify({ ok: false, message: 'This page may not ask.' });
  return refused ? undefined : `a page of nobody’s was answered: ${reply.slice(0, 200)}`;
};

/** Leads the app's page somewhere else. */
const otherAddress: Probe = async (app) => {
  await app.inPage(`location.href = 'http://127.0.0.1:9/elsewhere'; undefined`);
  let isElsewhere = false;
  await until(async () => {
    isElsewhere = !(await app.url()).startsWith('app://agentfleet/');
    return isElsewhere || /Refused to go to http:\/\/127\.0\.0\.1:9\//.test(app.computer.log());
  });
  return isElsewhere ? 'the page was led to another address' : undefined;
};

/** Opens a window of the page's own making. */
const otherWindow: Probe = async (app) => {
  await app.inPage(`window.open('https://elsewhere.example/'); undefined`);
  let count = 0;
  await until(async () => {
    count = await app.windows();
    return count > 1 || (await app.told()).links.includes('https://elsewhere.example/');
  });
  return count > 1 ? 'the page opened a window' : undefined;
};

/** Puts a page within the page, with a process and preferences of its own. */
const guestPage: Probe = async (app) => {
  const isKnown = await app.inPage(`
    const guest = document.createElement('webview');
    guest.src = 'data:text/html,<title>guest</title>';
    guest.setAttribute('src', guest.src);
    document.body.append(guest);
    typeof guest.getWebContentsId === 'function'
  `);
  // Switched off, the element is a word without meaning.
  if (isKnown !== true) return undefined;
  let isThere = false;
  await until(async () => {
    isThere = await app.electron.evaluate(({ webContents }) =>
      webContents.getAllWebContents().some((contents) => contents.getType() === 'webview'),
    );
    return isThere || /Refused a page within the page: data:/.test(app.computer.log());
  });
  return isThere ? 'the page holds another page' : undefined;
};

/** A sign that the page can reach Node. */
const nodeInPage: Probe = async (app) => {
  const found = await app.inPage(`[typeof require, typeof process, typeof module, typeof Buffer].join()`);
  return found === 'undefined,undefined,undefined,undefined' ? undefined : `the page has Node: ${found}`;
};

/** Asks for what a page of the web may ask for; an Electron that nobody told otherwise gives it. */
const anyPermission: Probe = async (app) => {
  const given = await app.inPage(`(async () => {
    const notifications = await Notification.requestPermission();
    const names = ['geolocation', 'midi', 'clipboard-read'];
    const states = await Promise.all(names.map((name) => navigator.permissions.query({ name })));
    return [notifications, ...states.map(({ state }) => state)].join();
  })()`);
  return String(given).includes('granted') ? `the page was given permissions: ${given}` : undefined;
};

/** Every way, by the guard that holds it off. */
export const probes = {
  'the Content-Security-Policy': inlineScript,
  'context isolation': changedObjects,
  'the sandbox': nodeInPage,
  'the check of the sender': foreignPage,
  'the navigation guard': otherAddress,
  'the window guard': otherWindow,
  'the guard against <webview>': guestPage,
  'the permission guard': anyPermission,
} satisfies Record<string, Probe>;
