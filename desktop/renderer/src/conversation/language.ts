/** Languages that code is coloured in, by the ending of a file or the word after ``` . */
const languages: Record<string, readonly string[]> = {
  astro: [],
  bash: ['sh', 'zsh', 'shell', 'console', 'bashrc', 'zshrc'],
  c: ['h'],
  cpp: ['cc', 'cxx', 'hpp', 'hh', 'c++'],
  csharp: ['cs', 'c#'],
  css: [],
  diff: ['patch'],
  docker: ['dockerfile'],
  elixir: ['ex', 'exs'],
  go: ['golang'],
  graphql: ['gql'],
  haskell: ['hs'],
  html: ['htm'],
  ini: ['cfg', 'conf', 'properties', 'env'],
  java: [],
  javascript: ['js', 'mjs', 'cjs'],
  json: ['jsonc', 'json5'],
  jsx: [],
  kotlin: ['kt', 'kts'],
  lua: [],
  make: ['makefile', 'mk'],
  markdown: ['md', 'mdx'],
  nix: [],
  php: [],
  powershell: ['ps1', 'psm1', 'pwsh'],
  prisma: [],
  python: ['py', 'pyi'],
  ruby: ['rb', 'rakefile', 'gemfile'],
  rust: ['rs'],
  scala: [],
  scss: ['sass'],
  sql: [],
  svelte: [],
  swift: [],
  terraform: ['tf', 'hcl', 'tfvars'],
  toml: [],
  tsx: [],
  typescript: ['ts', 'mts', 'cts'],
  vue: [],
  xml: ['svg', 'plist', 'xsl', 'csproj'],
  yaml: ['yml'],
  zig: [],
};

const byName = new Map(
  Object.entries(languages).flatMap(([language, names]) =>
    [language, ...names].map((name) => [name, language] as const),
  ),
);

/** The language of a fenced block's info string, e.g. `ts title="x"`; undefined for one that is not known. */
export function languageNamed(name: string): string | undefined {
  return byName.get((/^[\w#+-]+/.exec(name.trim())?.[0] ?? '').toLowerCase());
}

/** The language of a file, by its name. */
export function languageOf(path: string): string | undefined {
  const name = path.split(/[\\/]/).at(-1)?.toLowerCase() ?? '';
  return byName.get(name.split('.').at(-1) ?? '') ?? byName.get(name.replace(/^\./, ''));
}
