import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { isWhole } from '../../../runner-core/e2e/whole.js';

/** How a person works the page. */
export interface Hand {
  name: string;
  /** Activates a button or follows a link. */
  press(target: Locator): Promise<void>;
  /** Puts text into a field, in place of what is there. */
  type(field: Locator, text: string): Promise<void>;
  /** Takes an item of a menu or list that is open. */
  pick(item: Locator): Promise<void>;
  /** Chooses a radio, or ticks a box. */
  tick(field: Locator): Promise<void>;
  /** Chooses an option of a select by its value. */
  select(field: Locator, value: string): Promise<void>;
}

export const mouse: Hand = {
  name: 'mouse',
  press: (target) => target.click(),
  type: (field, text) => field.fill(text),
  pick: (item) => item.click(),
  tick: (field) => field.check(),
  select: async (field, value) => {
    await field.selectOption(value);
  },
};

/** Tab, Shift+Tab, Enter, Space and letters; never a pointer, never focus from a script. */
export const keyboard: Hand & { focus(target: Locator): Promise<void> } = {
  name: 'keyboard',
  focus: tabTo,
  async press(target) {
    await tabTo(target);
    await target.page().keyboard.press('Enter');
  },
  async type(field, text) {
    await tabTo(field);
    await field.page().keyboard.press('ControlOrMeta+A');
    await field.page().keyboard.type(text);
  },
  async pick(item) {
    await item.waitFor();
    const { keyboard } = item.page();
    for (let stop = 0; stop < patience && !(await isHighlighted(item)); stop += 1) {
      await keyboard.press('ArrowDown');
    }
    await keyboard.press('Enter');
  },
  async tick(field) {
    await tabTo(field);
    if (!(await field.isChecked())) await field.page().keyboard.press('Space');
  },
  async select(field, value) {
    await field.locator(`option[value=${JSON.stringify(value)}]`).waitFor({ state: 'attached' });
    const values = await field
      .locator('option')
      .evaluateAll((options) => options.map((option) => (option as HTMLOptionElement).value));
    const isAbove = values.indexOf(value) < values.indexOf(await field.inputValue());
    await tabTo(field);
    for (let stop = 0; stop < patience && (await field.inputValue()) !== value; stop += 1) {
      await field.page().keyboard.press(isAbove ? 'ArrowUp' : 'ArrowDown');
    }
    expect(await field.inputValue()).toBe(value);
  },
};

/** Every flow is done once with each: `describe.each(hands)('with the $name alone', …)`; with the mouse, where the tests do not run whole. */
export const hands: Hand[] = isWhole ? [mouse, keyboard] : [mouse];

/** Most stops before a control counts as out of reach. */
const patience = 120;

/** Tabs forward until the control has the focus; in a group of radios the arrows go on. */
async function tabTo(target: Locator): Promise<void> {
  await target.waitFor();
  const page = target.page();
  for (let stop = 0; stop < patience; stop += 1) {
    if (await hasFocus(target)) {
      await expectVisibleFocus(page);
      return;
    }
    await page.keyboard.press((await besideInGroup(target)) ? 'ArrowDown' : 'Tab');
  }
  throw new Error(`The keyboard does not reach ${target}`);
}

const hasFocus = (target: Locator) => target.evaluate((element) => element === document.activeElement);

/** The arrows mark what Enter takes, whether or not it has the focus itself. */
const isHighlighted = (item: Locator) =>
  item.evaluate((element) => element === document.activeElement || element.hasAttribute('data-highlighted'));

/** A group of radios is one stop; its members are reached with the arrows. */
const besideInGroup = (target: Locator) =>
  target.evaluate((element) => {
    const at = document.activeElement;
    const radio = (node: Element | null): node is HTMLInputElement =>
      node instanceof HTMLInputElement && node.type === 'radio';
    return radio(element) && radio(at) && element.name === at.name;
  });

/** What has the focus shows it: WCAG 2.4.7. */
async function expectVisibleFocus(page: Page): Promise<void> {
  const shown = await page.evaluate(() => {
    const at = document.activeElement;
    if (!at) return false;
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(at);
    return (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
  });
  expect(shown, 'the focus is visible').toBe(true);
}
