/** What the daemon's settings are called in the app. Longer phrases first. */
const words: readonly [RegExp, string][] = [
  [/\bset AGENTFLEET_CLAUDE_PATH to (its executable|claude\.exe)/gi, 'choose its executable in the settings'],
  [/\bset AGENTFLEET_CLAUDE_PATH\b/gi, 'choose its executable in the settings'],
  [/\bcheck AGENTFLEET_CLAUDE_PATH\b/gi, 'choose another executable in the settings'],
  [/\bset AGENTFLEET_API_KEY( to a valid one| to one that has it)?/gi, 'paste it in the settings'],
  [/,? or set AGENTFLEET_RUNNER_DIR to another directory for this one/gi, ''],
  [/\bcorrect ALLOWED_DIRS\b/g, 'remove it from the folders'],
  [
    /\bset NODE_EXTRA_CA_CERTS to the file of the authority that made it/gi,
    'install the authority that made it in this system, then start the app again',
  ],
  [/\bAGENTFLEET_URL\b/g, 'the server address'],
  [/\bALLOWED_DIRS\b/g, 'the folders'],
];

/** A sentence of the runner in the app's words: people of the app set no environment variables. */
export function inAppWords(sentence: string): string {
  return words.reduce((text, [daemon, app]) => text.replace(daemon, app), sentence);
}
