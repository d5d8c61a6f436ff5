/** Red, green and blue, 0 to 255 each. */
export type Rgb = readonly [number, number, number];

/** The first sixteen of a terminal's colours, by the names its sequences have. */
const named: Readonly<Record<string, Rgb>> = {
  black: [0, 0, 0],
  red: [205, 49, 49],
  green: [13, 188, 121],
  yellow: [229, 229, 16],
  blue: [36, 114, 200],
  magenta: [188, 63, 188],
  cyan: [17, 168, 205],
  white: [229, 229, 229],
  brightBlack: [102, 102, 102],
  brightRed: [241, 76, 76],
  brightGreen: [35, 209, 139],
  brightYellow: [245, 245, 67],
  brightBlue: [59, 142, 234],
  brightMagenta: [214, 112, 214],
  brightCyan: [41, 184, 219],
  brightWhite: [255, 255, 255],
};
export const ansiNames = Object.keys(named);

export const rgbOfName = (name: string): Rgb => named[name] ?? [128, 128, 128];

/** One of a terminal's 256 colours: sixteen named ones, a cube of 6 by 6 by 6, and 24 greys. */
export function rgbOfIndex(index: number): Rgb {
  if (index < 16) return rgbOfName(ansiNames[index] ?? '');
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return [grey, grey, grey];
  }
  const level = (place: number) => (place === 0 ? 0 : 55 + place * 40);
  const cube = index - 16;
  return [level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)];
}

/** What text must differ by from what it stands on: WCAG 2.2, 1.4.3. A little more, for the browser rounds. */
const least = 4.6;
/** The darkest ground that text stands on in light colours, and the lightest one in dark ones. */
const grounds: { light: Rgb; dark: Rgb } = { light: [242, 240, 234], dark: [32, 36, 33] };

/** A colour of text as it can be read in either of our colour schemes, as near to what was asked for as that goes. */
export function textColour(colour: Rgb): string {
  const [light, dark] = [readableOn(grounds.light, colour), readableOn(grounds.dark, colour)];
  return `light-dark(${css(light)}, ${css(dark)})`;
}

/** The colour nearest to one that can be read on a ground: on its way to black or to white. */
export function readableOn(ground: Rgb, colour: Rgb): Rgb {
  const goal: Rgb = luminance(ground) > 0.18 ? [0, 0, 0] : [255, 255, 255];
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = mix(colour, goal, share);
    if (contrast(mixed, ground) >= least) return mixed;
  }
  return goal;
}

export const css = ([red, green, blue]: Rgb) => `rgb(${red} ${green} ${blue})`;

const mix = (one: Rgb, other: Rgb, share: number): Rgb => {
  const at = (place: 0 | 1 | 2) => Math.round(one[place] + (other[place] - one[place]) * share);
  return [at(0), at(1), at(2)];
};

export function contrast(one: Rgb, other: Rgb): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function luminance([red, green, blue]: Rgb): number {
  const [r, g, b] = [red, green, blue].map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
}
