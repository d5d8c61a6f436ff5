import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ErrorCode, errorCodes, headers } from '@agentfleet/contract';
import { ApiError } from '../errors.js';

/** What Node's parser found. */
const codes = new Map<string | undefined, [ErrorCode, string]>([
  [
    'HPE_HEADER_OVERFLOW',
    ['HEADERS_TOO_LARGE', 'The address and headers of a request may have 16 KiB together'],
  ],
  ['ERR_HTTP_REQUEST_TIMEOUT', ['REQUEST_TIMEOUT', 'The request took too long to arrive']],
]);

/** Answers what is no HTTP, or comes too slowly, in the envelope of every other refusal, and ends the connection. */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [code, message] = codes.get(error.code) ?? [
    'BAD_REQUEST',
    'The request is not HTTP that can be read',
  ];
  const body = JSON.stringify(new ApiError(code, message).envelope());
  const { status } = errorCodes[code];
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `${headers.requestId}: req_${randomUUID().replaceAll('-', '')}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
