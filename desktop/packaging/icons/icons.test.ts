import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Resvg } from '@resvg/resvg-js';
import { expect, test } from 'vitest';
import { renderIcons, trayStates } from './render.mjs';

const desktop = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(desktop, path));
const drawn = await renderIcons();

/** Width and height that a PNG says it has, pixels. */
function pngSize(png: Buffer): [number, number] {
  expect(png.subarray(1, 4).toString('latin1')).toBe('PNG');
  return [png.readUInt32BE(16), png.readUInt32BE(20)];
}

/** What an .ico says it holds, pixels. */
function icoSizes(ico: Buffer): number[] {
  expect(ico.readUInt32LE(0)).toBe(0x00_01_00_00);
  return Array.from({ length: ico.readUInt16LE(4) }, (_entry, index) => ico[6 + index * 16] || 256);
}

/** Types of an .icns, without its table of contents. */
function icnsTypes(icns: Buffer): string[] {
  expect(icns.subarray(0, 4).toString('latin1')).toBe('icns');
  expect(icns.readUInt32BE(4)).toBe(icns.length);
  const types: string[] = [];
  for (let at = 8; at < icns.length; at += icns.readUInt32BE(at + 4)) {
    types.push(icns.subarray(at, at + 4).toString('latin1'));
  }
  return types.filter((type) => type !== 'TOC ');
}

// Another processor may round the last bit of a colour another way.
test.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'what is committed is what the sources draw (compared on Linux x64)',
  () => {
    const stale = [...drawn].filter(([path, content]) => !read(path).equals(content)).map(([path]) => path);
    expect(stale, 'run: node desktop/packaging/icons/render.mjs').toEqual([]);
  },
);

test('Linux has its icon from 16 to 1024 pixels', () => {
  for (const size of [16, 24, 32, 48, 64, 96, 128, 256, 512, 1024]) {
    expect(pngSize(read(`packaging/icons/linux/${size}x${size}.png`))).toEqual([size, size]);
  }
});

test('Windows has all sizes of its icon in one file, up to the 256 that the installer asks for', () => {
  expect(icoSizes(read('packaging/icons/icon.ico'))).toEqual([16, 20, 24, 32, 40, 48, 64, 128, 256]);
});

test('macOS has all sizes of its icon in one file, also for Retina', () => {
  const types = icnsTypes(read('packaging/icons/icon.icns'));
  const all = ['ic04', 'ic05', 'ic07', 'ic08', 'ic09', 'ic10', 'ic11', 'ic12', 'ic13', 'ic14'];
  expect(types.sort()).toEqual(all);
});

test('every state has a tray icon in the size of its system, and in double size', () => {
  for (const state of trayStates) {
    for (const [platform, look, size] of [
      ['darwin', 'Template', 16],
      ['linux', '-light', 24],
      ['linux', '-dark', 24],
    ] as const) {
      expect(pngSize(read(`resources/tray/${platform}/${state}${look}.png`))).toEqual([size, size]);
      expect(pngSize(read(`resources/tray/${platform}/${state}${look}@2x.png`))).toEqual([
        size * 2,
        size * 2,
      ]);
    }
    for (const look of ['light', 'dark']) {
      expect(icoSizes(read(`resources/tray/win32/${state}-${look}.ico`))).toEqual([16, 20, 24, 32, 40, 48]);
    }
  }
});

test('a template image is black and transparent, nothing else', () => {
  for (const state of trayStates) {
    const png = read(`resources/tray/darwin/${state}Template@2x.png`).toString('base64');
    const { pixels } = new Resvg(
      `<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32"><image width="32" height="32" href="data:image/png;base64,${png}"/></svg>`,
    ).render();
    const colours = pixels.filter((_value, index) => index % 4 !== 3);
    const alphas = pixels.filter((_value, index) => index % 4 === 3);
    expect(Math.max(...colours), state).toBe(0);
    expect(Math.max(...alphas), state).toBe(255);
    expect(Math.min(...alphas), state).toBe(0);
  }
});

test('no two states look the same', () => {
  for (const look of ['darwin/*Template', 'linux/*-light', 'linux/*-dark']) {
    const images = trayStates.map((state) =>
      read(`resources/tray/${look.replace('*', state)}.png`).toString('base64'),
    );
    expect(new Set(images).size).toBe(trayStates.length);
  }
});
