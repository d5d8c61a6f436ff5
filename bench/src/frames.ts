import type { Page } from 'playwright-core';

/** Scrolls what `selector` finds by `pace` px a frame for `ms`. @returns frames a second, and the share over 50 ms */
export async function frames(
  page: Page,
  selector: string,
  pace: number,
  ms: number,
): Promise<{ fps: number; slow: number }> {
  const took = await page.evaluate(
    ([selector, pace, ms]) =>
      new Promise<number[]>((resolve) => {
        const scroller = document.querySelector(selector) as HTMLElement;
        const took: number[] = [];
        let [before, began] = [0, 0];
        const step = (now: number) => {
          if (before > 0) took.push(now - before);
          began ||= now;
          before = now;
          scroller.scrollTop += pace;
          if (now - began < ms) requestAnimationFrame(step);
          else resolve(took);
        };
        requestAnimationFrame(step);
      }),
    [selector, pace, ms] as const,
  );
  const sum = took.reduce((total, frame) => total + frame, 0);
  return { fps: (took.length * 1_000) / sum, slow: took.filter((frame) => frame > 50).length / took.length };
}
