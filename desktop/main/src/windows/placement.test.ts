import { expect, test } from 'vitest';
import { broughtBack, placeWindow } from './placement.js';

const laptop = { x: 0, y: 0, width: 1440, height: 860 };
const monitor = { x: 1440, y: -200, width: 2560, height: 1400 };

test('the first window has the usual size, or what the display has room for', () => {
  expect(placeWindow(null, [laptop])).toEqual({ width: 1180, height: 800 });
  expect(placeWindow(null, [{ x: 0, y: 0, width: 1024, height: 700 }])).toEqual({ width: 1024, height: 700 });
});

test('a window opens where it was, also on a second display', () => {
  const there = { x: 1700, y: -100, width: 1600, height: 1200 };
  expect(placeWindow(there, [laptop, monitor])).toEqual(there);
});

test('with its display gone a window keeps its size as far as there is room, and the system places it', () => {
  const there = { x: 1700, y: -100, width: 1600, height: 1200 };
  expect(placeWindow(there, [laptop])).toEqual({ width: 1440, height: 860 });
});

test('a window that hung over the edge comes back whole', () => {
  expect(placeWindow({ x: 900, y: 500, width: 1000, height: 700 }, [laptop])).toEqual({
    x: 440,
    y: 160,
    width: 1000,
    height: 700,
  });
  expect(placeWindow({ x: -300, y: -20, width: 1000, height: 700 }, [laptop])).toMatchObject({ x: 0, y: 0 });
});

test('a window whose upper edge is out of reach is not put there again', () => {
  expect(placeWindow({ x: 100, y: -400, width: 1000, height: 700 }, [laptop])).toEqual({
    width: 1000,
    height: 700,
  });
  expect(placeWindow({ x: -950, y: 10, width: 1000, height: 700 }, [laptop])).toEqual({
    width: 1000,
    height: 700,
  });
});

test('an open window that nobody can reach comes to the middle of the primary display; another one stays', () => {
  const there = { x: 1700, y: -100, width: 1000, height: 700 };
  expect(broughtBack(there, [laptop, monitor])).toBeUndefined();
  expect(broughtBack(there, [laptop])).toEqual({ x: 220, y: 80, width: 1000, height: 700 });
  expect(broughtBack({ ...there, width: 2_500, height: 1_390 }, [laptop])).toEqual(laptop);
  expect(broughtBack(there, [])).toBeUndefined();
});
