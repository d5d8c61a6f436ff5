import { expect, test } from 'vitest';
import { environmentAsStarted } from './as-started.js';

const none = () => {
  throw new Error('no such file');
};
const home = { HOME: '/home/ann', PATH: '/usr/bin' };

test('what Electron has added or changed since the start is as it was, also what the user had set', () => {
  const now = {
    ...home,
    GDK_BACKEND: 'x11',
    NO_AT_BRIDGE: '1',
    CHROME_DESKTOP: 'agentfleet.desktop',
    XDG_CURRENT_DESKTOP: 'Unity',
  };
  const block =
    'HOME=/home/ann\0PATH=/usr/bin\0XDG_CURRENT_DESKTOP=KDE\0GDK_BACKEND=wayland\0EMPTY=\0A=b=c\0';
  expect(environmentAsStarted(now, () => block)).toEqual({
    ...home,
    XDG_CURRENT_DESKTOP: 'KDE',
    GDK_BACKEND: 'wayland',
    EMPTY: '',
    A: 'b=c',
  });
});

test('where the system keeps no such block, or something else is there, the desktop is put back by its name', () => {
  const now = {
    ...home,
    ORIGINAL_XDG_CURRENT_DESKTOP: 'KDE',
    XDG_CURRENT_DESKTOP: 'Unity',
    CHROME_DESKTOP: 'x',
  };
  const back = { ...home, XDG_CURRENT_DESKTOP: 'KDE' };
  expect(environmentAsStarted(now, none)).toEqual(back);
  expect(environmentAsStarted(now, () => 'agentfleet --type=browser\0\0')).toEqual(back);
  expect(environmentAsStarted(now, () => 'HOME=/root\0PATH=/bin\0')).toEqual(back);
  expect(environmentAsStarted(home, () => '')).toEqual(home);
});

test('of an AppImage nothing is left, and the key is nobody’s', () => {
  const image = {
    APPIMAGE: '/home/ann/AgentFleet.AppImage',
    APPDIR: '/tmp/.mount_AgentX',
    ARGV0: 'AgentFleet',
    OWD: '/',
    LD_LIBRARY_PATH: '/tmp/.mount_AgentX/usr/lib',
    XDG_DATA_DIRS: '/tmp/.mount_AgentX/usr/share/:/usr/share',
    AGENTFLEET_API_KEY: 'af_live_x',
  };
  const now = { ...home, ...image, PATH: '/tmp/.mount_AgentX:/tmp/.mount_AgentX/usr/sbin:/usr/bin' };
  expect(environmentAsStarted(now, none)).toEqual({ ...home, XDG_DATA_DIRS: '/usr/share' });
  const mine = { ...home, APPDIR: '/opt/mine' };
  expect(environmentAsStarted(mine, none)).toEqual(mine);
});
