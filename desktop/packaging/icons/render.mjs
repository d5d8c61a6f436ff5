// Draws every icon from source/: `node desktop/packaging/icons/render.mjs`. What it makes is committed, so that
// packaging needs no drawing; a test draws them again and compares.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Resvg } from '@resvg/resvg-js';
import { IconIcns, IconIco } from '@shockpkg/icon-encoder';

const desktop = join(import.meta.dirname, '../..');
const sources = join(import.meta.dirname, 'source');

/** Up to this size the fleet would be a blur: a simpler drawing is used. */
const smallest = 32;
const linuxSizes = [16, 24, 32, 48, 64, 96, 128, 256, 512, 1024];
const windowsSizes = [16, 20, 24, 32, 40, 48, 64, 128, 256];
const windowsTraySizes = [16, 20, 24, 32, 40, 48];
/** Type in the icon file, and its pixels; as macOS's own tool orders them. */
const macTypes = [
  ['ic12', 64],
  ['ic07', 128],
  ['ic13', 256],
  ['ic08', 256],
  ['ic04', 16],
  ['ic14', 512],
  ['ic09', 512],
  ['ic05', 32],
  ['ic10', 1024],
  ['ic11', 32],
];
export const trayStates = ['online', 'running', 'paused', 'offline', 'attention'];
/** Colours of the tray icon by what lies behind it. */
const trayLooks = {
  light: { ink: '#1c1f1d', running: '#17695a', attention: '#b3261e' },
  dark: { ink: '#f4f6f2', running: '#6fcfb5', attention: '#f5b04a' },
  Template: { ink: '#000', running: '#000', attention: '#000' },
};

/** @returns what each file holds, by its path below desktop/ */
export async function renderIcons() {
  /** @type {Map<string, Uint8Array>} */
  const made = new Map();
  const app = await readFile(join(sources, 'app.svg'), 'utf8');
  const appSmall = await readFile(join(sources, 'app-small.svg'), 'utf8');
  const mac = await readFile(join(sources, 'app-macos.svg'), 'utf8');
  const macSmall = await readFile(join(sources, 'app-macos-small.svg'), 'utf8');
  const drawApp = (size) => draw(size <= smallest ? appSmall : app, size);
  const drawMac = (size) => draw(size <= smallest ? macSmall : mac, size);

  for (const size of linuxSizes) made.set(`packaging/icons/linux/${size}x${size}.png`, drawApp(size));
  made.set('packaging/icons/icon.ico', await ico(windowsSizes.map(drawApp)));
  const icns = new IconIcns();
  icns.toc = true;
  for (const [type, size] of macTypes) await icns.addFromPng(drawMac(size), [type]);
  made.set('packaging/icons/icon.icns', icns.encode());
  made.set('resources/icon.png', drawApp(256));
  // The dashboard's tab shows the same drawing.
  made.set('renderer/public/favicon.svg', Buffer.from(appSmall));

  for (const state of trayStates) {
    const source = await readFile(join(sources, 'tray', `${state}.svg`), 'utf8');
    for (const [look, colours] of Object.entries(trayLooks)) {
      const drawing = coloured(source, colours);
      const isTemplate = look === 'Template';
      const file = isTemplate ? `darwin/${state}Template` : `linux/${state}-${look}`;
      const size = isTemplate ? 16 : 24;
      made.set(`resources/tray/${file}.png`, draw(drawing, size));
      made.set(`resources/tray/${file}@2x.png`, draw(drawing, size * 2));
      if (isTemplate) continue;
      const sizes = windowsTraySizes.map((each) => draw(drawing, each));
      made.set(`resources/tray/win32/${state}-${look}.ico`, await ico(sizes));
    }
  }
  return made;
}

/** @returns a PNG of the drawing, `size` pixels square */
function draw(svg, size) {
  return new Resvg(svg, { fitTo: { mode: 'width', value: size }, font: { loadSystemFonts: false } })
    .render()
    .asPng();
}

/** Small ones as bitmaps, which also the oldest parts of Windows read. */
async function ico(pngs) {
  const made = new IconIco();
  for (const png of pngs) await made.addFromPng(png);
  return made.encode();
}

function coloured(svg, { ink, running, attention }) {
  const rules = `path{stroke:${ink}}.running{fill:${running}}.attention{stroke:${attention}}`;
  return svg.replace('</style>', `${rules}</style>`);
}

if (process.argv[1] === import.meta.filename) {
  for (const [path, content] of await renderIcons()) {
    await mkdir(dirname(join(desktop, path)), { recursive: true });
    await writeFile(join(desktop, path), content);
  }
}
