/**
 * The variables that are the user's own by their name, and that a session therefore sees: what programs, shells and
 * tools of the trade read. A `*` at the end stands for any ending.
 */
const known = [
  // The person and the computer.
  'HOME USER LOGNAME USERNAME USERPROFILE USERDOMAIN HOMEDRIVE HOMEPATH HOSTNAME COMPUTERNAME SHELL MAIL',
  'PATH MANPATH INFOPATH LD_LIBRARY_PATH DYLD_* LANG LANGUAGE LC_* TZ TMPDIR TMP TEMP UMASK',
  'TERM TERM_* TERMINFO* COLORTERM COLUMNS LINES NO_COLOR CLICOLOR* FORCE_COLOR EDITOR VISUAL PAGER LESS* LS_COLORS BROWSER',
  'DISPLAY WAYLAND_DISPLAY XAUTHORITY XDG_* DBUS_SESSION_BUS_ADDRESS DESKTOP_SESSION SSH_* GPG_* GNUPGHOME',
  // Windows.
  'SYSTEMROOT SYSTEMDRIVE WINDIR COMSPEC PATHEXT OS APPDATA LOCALAPPDATA PROGRAMDATA PROGRAMFILES* PROGRAMW6432',
  'COMMONPROGRAMFILES* COMMONPROGRAMW6432 ALLUSERSPROFILE PUBLIC PSMODULEPATH NUMBER_OF_PROCESSORS PROCESSOR_* MSYS* MINGW*',
  'CHOCOLATEY* SCOOP* ONEDRIVE* WSL* VSINSTALLDIR VCINSTALLDIR',
  // The network.
  'HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY FTP_PROXY SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE CURL_HOME',
  // Claude Code, the clouds that it can ask, and its telemetry.
  'ANTHROPIC_* CLAUDE_* API_TIMEOUT_MS BASH_* MCP_* MAX_THINKING_TOKENS MAX_MCP_OUTPUT_TOKENS MAX_STRUCTURED_OUTPUT_RETRIES',
  'DISABLE_* ENABLE_* USE_BUILTIN_RIPGREP IS_SANDBOX SLASH_COMMAND_TOOL_CHAR_BUDGET TASK_MAX_OUTPUT_LENGTH',
  'AWS_* GOOGLE_* GCLOUD_* CLOUDSDK_* CLOUD_ML_REGION VERTEX_* AZURE_* OTEL_* TRACEPARENT TRACESTATE DO_NOT_TRACK',
  // Version control and its hosts.
  'GIT_* GH_* GITHUB_* GITLAB_* GLAB_* BITBUCKET_* HG* SVN_*',
  // Languages, their package managers and builds.
  'NODE_* NPM_* NVM_* FNM_* VOLTA_* N_PREFIX PNPM_* YARN_* BUN_* DENO_* COREPACK_* TURBO_* NX_* PLAYWRIGHT_* PUPPETEER_*',
  'PYTHON* PYENV* VIRTUAL_ENV* CONDA* MAMBA* PIP_* PIPX_* PIPENV_* POETRY_* UV_* RUFF_* JUPYTER_*',
  'GO* CGO_* CARGO* RUST* JAVA_* JDK_* MAVEN_* M2* GRADLE_* KOTLIN* SCALA_* SBT_* SDKMAN_* ANT_*',
  'RUBY* RBENV_* RVM_* GEM_* BUNDLE_* PHP* COMPOSER_* PERL* LUA_* ERL_* ELIXIR_* MIX_* HEX_* OPAM* GHC* STACK_* CABAL_*',
  'DOTNET_* NUGET_* MSBUILD* ANDROID_* FLUTTER_* DART_* PUB_* XCODE* DEVELOPER_DIR SDKROOT SWIFT* R_*',
  'CC CXX CPP LD AR CFLAGS CXXFLAGS CPPFLAGS LDFLAGS MAKEFLAGS CMAKE_* PKG_CONFIG* CCACHE_* SCCACHE_*',
  'ASDF_* MISE_* RTX_* DIRENV_* NIX_* IN_NIX_SHELL LOCALE_ARCHIVE HOMEBREW_* GUIX_*',
  'DOCKER_* COMPOSE_* BUILDKIT_* PODMAN_* CONTAINER_HOST KUBE* HELM_* TERRAFORM_* TF_* PULUMI_* VAULT_*',
  'PGHOST PGPORT PGUSER PGDATABASE PGPASSFILE PGSERVICE* CI FZF_* RIPGREP_CONFIG_PATH STARSHIP_* TMUX* STY ZDOTDIR ENV',
]
  .join(' ')
  .split(' ');

/** AgentFleet's own, of the runner and of the server, which no session sees whatever it is allowed. */
const ours = matcher([
  'AGENTFLEET_*',
  'ALLOWED_DIRS',
  'ALLOWED_ENV',
  'ALLOWED_PERMISSION_MODES',
  'RUNNER_NAME',
  'MAX_CONCURRENT_RUNS',
  'MAX_TIMEOUT_SEC',
  'MAX_STALL_SEC',
  'MAX_APPROVAL_SEC',
  'METRICS_TOKEN*',
  'DATABASE_URL_FILE',
  'EVENT_RETENTION_DAYS',
  'LOST_GRACE_SEC',
]);
const usual = matcher(known);

export const isOurs = (name: string): boolean => ours(name);

/**
 * Whether a session sees a variable of the runner's environment.
 * @param more further names and beginnings, as in `ALLOWED_ENV`; `*` alone is everything that is not AgentFleet's
 */
export function usersOwn(more: string | undefined): (name: string) => boolean {
  const allowed = matcher((more ?? '').split(/[\s,;]+/).filter((pattern) => pattern !== ''));
  return (name) => !ours(name) && (usual(name) || allowed(name));
}

/** Names are compared without case, as Windows does. */
function matcher(patterns: readonly string[]): (name: string) => boolean {
  const upper = patterns.map((pattern) => pattern.toUpperCase());
  const names = new Set(upper);
  const beginnings = upper.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1));
  return (name) => {
    const given = name.toUpperCase();
    return names.has(given) || beginnings.some((beginning) => given.startsWith(beginning));
  };
}
