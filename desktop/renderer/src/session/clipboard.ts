import { toast } from '../ui/toasts.js';

/**
 * Copies a text that may still have to be put together; says so when it cannot be, or when the browser refuses.
 * @returns whether it is copied
 */
export async function copyText(text: string | Promise<string>): Promise<boolean> {
  // What the browser makes of it does not say why.
  let unmade: string | undefined;
  try {
    if (typeof text === 'string') await navigator.clipboard.writeText(text);
    else {
      // The click counts as the reader's wish only as long as the promise is handed over at once.
      const blob = text.then(
        (whole) => new Blob([whole], { type: 'text/plain' }),
        (error: Error) => {
          unmade = error.message;
          throw error;
        },
      );
      await navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })]);
    }
    return true;
  } catch {
    // No clipboard outside https and localhost, or none of it for this page.
    toast({ title: unmade ?? 'The browser does not let this page copy', bad: true });
    return false;
  }
}
