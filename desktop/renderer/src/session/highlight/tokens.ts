/** What a stretch of code is; each has a colour in session.css. */
export const kinds = [
  'plain',
  'keyword',
  'string',
  'string-expression',
  'constant',
  'comment',
  'function',
  'parameter',
  'punctuation',
  'link',
] as const;

/** Lengths and kinds by turns, for the characters of one line. */
export type LineTokens = number[];

export interface HighlightRequest {
  id: number;
  code: string;
  language: string;
}
export interface HighlightAnswer {
  id: number;
  /** A line each; null where the language could not be read. */
  lines: LineTokens[] | null;
}
