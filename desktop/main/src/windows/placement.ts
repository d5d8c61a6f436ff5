/** In device-independent pixels. */
export interface Bounds {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Of a window that nobody has moved yet. */
const usual = { width: 1180, height: 800 };
export const smallest = { width: 360, height: 480 };
/** How much of a window's upper edge must be on a display for it to be moved by hand. */
const grip = { width: 120, height: 40 };

/**
 * Where a window opens: where it was, as far as that display is still there and has room for it. Without a place it is
 * for the system to choose one.
 * @param workAreas of the displays, the primary one first
 */
export function placeWindow(
  before: Bounds | null,
  workAreas: readonly Bounds[],
): { width: number; height: number } | Bounds {
  const home = before && workAreas.find((area) => holdsGrip(area, before));
  if (!before || !home) return fit(before ?? usual, workAreas[0]);
  const { width, height } = fit(before, home);
  return {
    x: between(before.x, home.x, home.x + home.width - width),
    y: between(before.y, home.y, home.y + home.height - height),
    width,
    height,
  };
}

/**
 * Where a window that is open is to be put, since nobody could reach it any more: in the middle of the primary display.
 * Undefined where it can be reached, or there is no display.
 */
export function broughtBack(now: Bounds, workAreas: readonly Bounds[]): Bounds | undefined {
  const [area] = workAreas;
  if (!area || workAreas.some((each) => holdsGrip(each, now))) return undefined;
  const { width, height } = fit(now, area);
  const x = area.x + Math.round((area.width - width) / 2);
  return { x, y: area.y + Math.round((area.height - height) / 2), width, height };
}

function fit({ width, height }: { width: number; height: number }, area: Bounds | undefined) {
  return {
    width: between(width, smallest.width, Math.max(smallest.width, area?.width ?? width)),
    height: between(height, smallest.height, Math.max(smallest.height, area?.height ?? height)),
  };
}

/** Whether enough of the upper edge is on the display. */
function holdsGrip(area: Bounds, { x, y, width }: Bounds): boolean {
  const seen = Math.min(x + width, area.x + area.width) - Math.max(x, area.x);
  return (
    seen >= Math.min(grip.width, width) &&
    y >= area.y - grip.height &&
    y <= area.y + area.height - grip.height
  );
}

const between = (value: number, least: number, most: number) => Math.max(least, Math.min(value, most));
