/**
 * Gives a page the element `<webview>`, which Chromium does not know: `attach` is called with the address of each one
 * that comes into the document. Its source is run in pages: it uses nothing but its arguments.
 */
export function watchWebviews(attach: (src: string) => void): void {
  // What tells the element from a word without meaning.
  Object.assign(HTMLUnknownElement.prototype, { getWebContentsId: () => 0 });
  new MutationObserver((records) => {
    for (const { addedNodes } of records) {
      for (const node of addedNodes) {
        if (node instanceof HTMLElement && node.localName === 'webview') {
          attach(node.getAttribute('src') ?? 'about:blank');
        }
      }
    }
  }).observe(document, { childList: true, subtree: true });
}
