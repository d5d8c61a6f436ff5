/**
 * A text as the notifications of Linux show it whole. Their servers may read its body as markup, and Electron hands it to them
 * as it is: of `ls <a …>` people would see a part, and of `&#x202e;` what is not there. Signs that look alike take the place of
 * those that begin a tag or a character's name, since what a server reads is not known for certain.
 */
export function withoutMarkup(text: string): string {
  return text.replaceAll('<', '＜').replace(/&(?=#|\w+;)/g, '＆');
}
