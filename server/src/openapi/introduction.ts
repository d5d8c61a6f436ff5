import { apiBase, errorCodes, failureCodes, headers } from '@agentfleet/contract';

/** What the reference page says before the endpoints, as Markdown. */
export const introduction = `Run and monitor Claude Code sessions from anywhere. Every endpoint is org-scoped and
returns JSON.

**Authentication.** Create an API key under Settings → API Keys and pass it on every request:
\`Authorization: Bearer af_live_…\`. \`Authorize\` below takes it for trying things out here.

**Launch, tail, follow up.**

\`\`\`sh
curl -X POST $AGENTFLEET_URL${apiBase}/runs \\
  -H "Authorization: Bearer $AGENTFLEET_API_KEY" -H "Content-Type: application/json" \\
  -d '{"prompt":"add a health check route","cwd":"/home/you/code/api","permissionMode":"acceptEdits"}'
curl "$AGENTFLEET_URL${apiBase}/runs/clr.../events?after=0" -H "Authorization: Bearer $AGENTFLEET_API_KEY"
curl -X POST $AGENTFLEET_URL${apiBase}/runs/clr.../followup \\
  -H "Authorization: Bearer $AGENTFLEET_API_KEY" -H "Content-Type: application/json" \\
  -d '{"prompt":"now add a test for it"}'
\`\`\`

**Lists** are \`{ "data": [...] }\`; where they page, \`nextCursor\` goes into \`?cursor=\` for the next page and is null
on the last; a page that is narrowed may have fewer rows than asked for, or none, while there are more. Rows are light: of a long prompt, result or input they have the beginning and say \`truncated\`; read the thing
itself for all of it. Answers are compressed as \`Accept-Encoding\` says, and have an \`ETag\`: sent again as \`If-None-Match\`, what
has not changed is answered 304. **Errors** are \`{ "error": { "code", "message" } }\`. Every answer has \`${headers.requestId}\`, which finds the
request in the server's log. A POST that creates honours \`${headers.idempotencyKey}\`: the same key and body within 24 hours
answers the first response again.

<details><summary>Every error code</summary>

| code | status | meaning |
|---|---|---|
${Object.entries(errorCodes)
  .map(([code, { status, meaning }]) => `| \`${code}\` | ${status} | ${meaning} |`)
  .join('\n')}

</details>

**What changes.** \`GET ${apiBase}/stream\` is one stream of server-sent events that tells what changed in the org: the ids of
runs, approvals and runners. Whoever shows some of them reads those again (\`GET ${apiBase}/runs?ids=clr...,clr...\`) instead of asking
every few seconds. \`Last-Event-ID\` goes on behind the last event; where that is not known any more, the first event
says \`everything\`.

**Folders.** \`GET ${apiBase}/runners/run_.../folders\` asks the runner which folders are there, within what it allows, and
\`?path=\` looks into one. A runner that is offline, of an older version or silent for 5 s is said to be that: \`RUNNER_OFFLINE\`,
\`RUNNER_TOO_OLD\`, \`RUNNER_SILENT\`.

**Deleting.** \`DELETE ${apiBase}/runs/clr...\` deletes a session that has ended, with its log and approvals, and
answers 204; with \`?cancel=true\` also one that has not. While a runner still has it the answer is 202 with the run, which is
deleted as soon as it has ended. What it cost stays counted in the usage.

**Failures.** A run that ended \`FAILED\` says why in \`failure.code\`, and in a sentence. After \`usage_limit\`,
\`failure.resetsAt\` says when it is worth trying again; after \`session_not_found\`, a follow-up with \`{"fresh":true}\`
begins a new session in the same thread, with the same prompt unless you give another.

<details><summary>Every failure code</summary>

| code | meaning |
|---|---|
${Object.entries(failureCodes)
  .map(([code, meaning]) => `| \`${code}\` | ${meaning} |`)
  .join('\n')}

</details>
`;

/** The sections of the reference page, in their order. */
export const sections = [
  { name: 'Sessions', description: 'Launch, watch, follow up and cancel' },
  { name: 'Approvals', description: 'Allow or deny the tools that sessions ask for' },
  { name: 'Runners', description: 'The machines that execute sessions' },
  { name: 'Queue', description: 'What waits, and why' },
  { name: 'Usage', description: 'What it cost' },
  { name: 'API keys', description: 'Who may do what' },
  { name: 'Audit', description: 'Who did what' },
  { name: 'Account', description: 'Who is asking' },
  { name: 'Runner protocol', description: 'Only runners call these, each with its own credential' },
];
