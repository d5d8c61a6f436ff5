import { createCssVariablesTheme, createHighlighterCore, type HighlighterCore } from 'shiki/core';
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript';
import { grammars } from './grammars.js';
import { type HighlightAnswer, type HighlightRequest, kinds, type LineTokens } from './tokens.js';

// Colours code beside the page, so that a long file never keeps it from scrolling.

const theme = 'css-variables';
const highlighter = createHighlighterCore({
  themes: [createCssVariablesTheme({ name: theme, variablePrefix: '--' })],
  langs: [],
  engine: createJavaScriptRegexEngine({ forgiving: true }),
});

self.addEventListener('message', async ({ data }: MessageEvent<HighlightRequest>) => {
  const answer: HighlightAnswer = { id: data.id, lines: await highlight(data).catch(() => null) };
  self.postMessage(answer);
});

async function highlight({ code, language }: HighlightRequest): Promise<LineTokens[] | null> {
  const shiki = await highlighter;
  const load = grammars[language];
  if (!load) return null;
  if (!shiki.getLoadedLanguages().includes(language)) await shiki.loadLanguage(load);
  return linesOf(shiki, code, language);
}

function linesOf(shiki: HighlighterCore, code: string, lang: string): LineTokens[] {
  const { tokens } = shiki.codeToTokens(code, {
    lang,
    theme,
    tokenizeMaxLineLength: 2_000,
    // Of a line, ms: the first one of a language takes its time, and nobody waits for it.
    tokenizeTimeLimit: 5_000,
  });
  return tokens.map((line) => line.flatMap(({ content, color }) => [content.length, kindOf(color)]));
}

/** The theme's colours are names of variables: `var(--token-keyword)`. */
function kindOf(colour: string | undefined): number {
  const name = /^var\(--token-([a-z-]+)\)$/.exec(colour ?? '')?.[1];
  return Math.max(0, kinds.indexOf(name as never));
}
