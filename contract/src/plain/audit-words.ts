/** What the audit trail tells of, and how people read it. */
export const auditWords = {
  'approval.allow': 'Allowed a tool',
  'approval.deny': 'Denied a tool',
  'browser.sign-in': 'Signed in a browser',
  'browser.sign-out': 'Signed out all browsers',
  'computer.allow': 'Let a computer in',
  'computer.deny': 'Refused a computer',
  'key.create': 'Made a key',
  'key.limit': 'Changed the limits of a key',
  'key.revoke': 'Revoked a key',
  'key.rotate': 'Rotated a key',
  'org.change': 'Changed the org',
  'org.create': 'Made the org',
  'org.delete': 'Deleted the org',
  'person.delete': 'Deleted the name of a person',
  'run.cancel': 'Cancelled a session',
  'run.change': 'Changed a session',
  'run.delete': 'Deleted a session',
  'run.delete-later': 'Asked to delete a session once it has ended',
  'run.follow-up': 'Followed up a session',
  'run.launch': 'Launched a session',
  'run.move': 'Moved a session',
  'runner.enrol': 'Enrolled a runner',
  'runner.forget': 'Forgot a runner',
  'runner.pause': 'Paused a runner',
  'runner.resume': 'Resumed a runner',
  'runner.revoke': 'Revoked the credential of a runner',
  'window.open': 'Opened the window of a computer',
} as const;

export type AuditAction = keyof typeof auditWords;
export const auditActions = Object.keys(auditWords) as AuditAction[];
