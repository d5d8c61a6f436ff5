import type { ContextMenuParams, MenuItemConstructorOptions } from 'electron';

/** What was under the pointer. */
export type Pointed = Pick<ContextMenuParams, 'isEditable' | 'selectionText' | 'linkURL' | 'editFlags'>;

/**
 * The menu of a right click: what can be done with a text, a field or a link. Empty where there is nothing.
 * @param copyLink copies the link's address
 */
export function contextMenu(pointed: Pointed, copyLink: () => void): MenuItemConstructorOptions[] {
  const { isEditable, selectionText, linkURL, editFlags } = pointed;
  const line = (role: 'undo' | 'redo' | 'cut' | 'copy' | 'paste' | 'selectAll', enabled: boolean) => ({
    role,
    enabled,
  });
  const hasText = selectionText.trim() !== '';
  const parts: MenuItemConstructorOptions[][] = [];
  if (linkURL !== '') parts.push([{ label: 'Copy link', click: copyLink }]);
  if (isEditable) {
    parts.push(
      [line('undo', editFlags.canUndo), line('redo', editFlags.canRedo)],
      [line('cut', editFlags.canCut), line('copy', editFlags.canCopy), line('paste', editFlags.canPaste)],
      [line('selectAll', editFlags.canSelectAll)],
    );
  } else if (hasText) parts.push([line('copy', editFlags.canCopy)]);
  return parts.flatMap((part, place) => (place === 0 ? part : [{ type: 'separator' as const }, ...part]));
}

/** A link as it works elsewhere: screens of the app have the server's address there. */
export function sharedLink(url: string, appOrigin: string, server: string): string {
  return url.startsWith(`${appOrigin}/`) && server !== '' ? server + url.slice(appOrigin.length) : url;
}
