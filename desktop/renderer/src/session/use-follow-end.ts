import { type RefObject, useEffect, useLayoutEffect, useState } from 'react';

/** Pixels from the end within which the view counts as being at the end. */
const nearEnd = 48;

/**
 * Keeps a scrolled element at its end while it grows, until the reader turns back; scrolling down to the end
 * again, or `follow`, takes it up again. What the reader does decides, not where the element stands: while it
 * grows and is measured, its position moves by itself.
 */
export function useFollowEnd(scroller: RefObject<HTMLElement | null>) {
  const [following, setFollowing] = useState(true);

  // After every drawing: growth and newly measured heights both move the end.
  useLayoutEffect(() => {
    const element = scroller.current;
    if (following && element) element.scrollTop = element.scrollHeight;
  });

  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const letGo = () => {
      if (element.scrollHeight > element.clientHeight) setFollowing(false);
    };
    let top = element.scrollTop;
    let touchY = 0;
    const listeners = new AbortController();
    const { signal } = listeners;
    const options = { signal, passive: true };
    element.addEventListener('wheel', ({ deltaY }) => deltaY < 0 && letGo(), options);
    element.addEventListener('keydown', ({ key }) => turnsBack.has(key) && letGo(), options);
    element.addEventListener('pointerdown', (event) => onScrollbar(element, event) && letGo(), options);
    element.addEventListener('touchstart', (event) => (touchY = event.touches[0]?.clientY ?? 0), options);
    element.addEventListener(
      'touchmove',
      (event) => {
        const y = event.touches[0]?.clientY ?? touchY;
        if (y > touchY) letGo();
        touchY = y;
      },
      options,
    );
    element.addEventListener(
      'scroll',
      () => {
        const down = element.scrollTop > top;
        top = element.scrollTop;
        if (down && element.scrollHeight - top - element.clientHeight < nearEnd) setFollowing(true);
      },
      options,
    );
    return () => listeners.abort();
  }, [scroller]);

  return { following, follow: () => setFollowing(true), letGo: () => setFollowing(false) };
}

const turnsBack: ReadonlySet<string> = new Set(['ArrowUp', 'PageUp', 'Home']);

function onScrollbar(element: HTMLElement, event: PointerEvent): boolean {
  return event.target === element && event.offsetX >= element.clientWidth;
}
