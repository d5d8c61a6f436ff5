import { expect, test } from 'vitest';
import { contextMenu, type Pointed, sharedLink } from './context-menu.js';

const flags = {
  canUndo: false,
  canRedo: false,
  canCut: true,
  canCopy: true,
  canPaste: true,
  canDelete: true,
  canSelectAll: true,
  canEditRichly: false,
};
const nothing: Pointed = { isEditable: false, selectionText: '', linkURL: '', editFlags: flags };
const roles = (pointed: Partial<Pointed>) =>
  contextMenu({ ...nothing, ...pointed }, () => undefined).flatMap(({ role }) => role ?? []);

test('text that is marked can be copied, and a field takes what was copied', () => {
  expect(roles({ selectionText: 'some words' })).toEqual(['copy']);
  expect(roles({ isEditable: true })).toEqual(['undo', 'redo', 'cut', 'copy', 'paste', 'selectAll']);
});

test('where nothing can be done no menu opens', () => {
  expect(contextMenu(nothing, () => undefined)).toEqual([]);
  expect(contextMenu({ ...nothing, selectionText: ' \n' }, () => undefined)).toEqual([]);
});

test('what cannot be done now is there and greyed', () => {
  const menu = contextMenu(
    { ...nothing, isEditable: true, editFlags: { ...flags, canPaste: false } },
    () => undefined,
  );
  expect(menu.find(({ role }) => role === 'paste')).toMatchObject({ enabled: false });
});

test('a link is copied as it works in a browser', () => {
  const share = (url: string) => sharedLink(url, 'app://agentfleet', 'https://fleet.example');
  expect(share('app://agentfleet/sessions/clr1')).toBe('https://fleet.example/sessions/clr1');
  expect(share('https://other.example/x')).toBe('https://other.example/x');
  expect(share('app://agentfleet.evil/x')).toBe('app://agentfleet.evil/x');
});
