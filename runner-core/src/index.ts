/** The runner as a library: what the daemon and the tray app are made of. */
export type * from './agents/agent.js';
export { createClaudeCode } from './agents/claude-code/claude-code.js';
export { childEnvironment } from './agents/claude-code/environment.js';
export { candidates, locate } from './agents/claude-code/locate.js';
export type * from './allowlist/allowlist.js';
export { isInside } from './allowlist/inside.js';
export { createAllowlist } from './allowlist/real-path-allowlist.js';
export { connectComputer } from './connect-computer.js';
export { bytesOf } from './control-plane/bytes-of.js';
export {
  type Answer,
  type CallOptions,
  ControlPlane,
  ControlPlaneError,
  refusalOf,
} from './control-plane/client.js';
export { readMe } from './control-plane/read-me.js';
export { trustSystem } from './control-plane/system-authorities.js';
export { examine } from './doctor/examine.js';
export { examineDirectory } from './doctor/examine-directory.js';
export { examineMachine } from './doctor/examine-machine.js';
export type { Finding } from './doctor/finding.js';
export { freePath } from './outbox/free-path.js';
export { diskWords, Room } from './outbox/room.js';
export { closingInherited } from './processes/descriptors.js';
export { Runner } from './runner.js';
export type { RunnerEvents, RunnerOptions } from './runner-options.js';
export { readDirectories, readSettings, type Settings, SettingsError } from './settings.js';
export { writeWhole } from './whole-file.js';
