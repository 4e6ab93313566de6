// Reads byte streams from standard input, each behind its length in four bytes, and prints for each one line of JSON:
// the requests that Node's HTTP server (llhttp) sees in it, and how it ends.
'use strict';
const { createHash } = require('node:crypto');
const http = require('node:http');
const { Duplex } = require('node:stream');

function read(bytes) {
  return new Promise((resolve) => {
    const messages = [];
    let end = 'clean';
    const socket = new Duplex({ read() {}, write(chunk, encoding, done) { done(); } });
    const server = http.createServer({ maxHeaderSize: 1 << 20 });
    server.httpAllowHalfOpen = true;
    const serve = (request, response) => {
      const hash = createHash('sha256');
      request.on('data', (data) => hash.update(data));
      request.on('end', () => {
        messages.push({
          start: request.method + ' ' + request.url,
          host: request.headers.host ?? '',
          digest: hash.digest('hex').slice(0, 16),
        });
        response.end();
      });
    };
    server.on('request', serve);
    server.on('checkContinue', serve);
    server.on('clientError', (error) => {
      end = error.code === 'HPE_INVALID_EOF_STATE' || error.code === 'ECONNRESET' ? 'incomplete' : 'error ' + error.code;
      setImmediate(() => socket.destroy());
    });
    socket.on('close', () => resolve({ end, messages }));
    server.emit('connection', socket);
    socket.push(bytes);
    socket.push(null);
  });
}

async function main() {
  const parts = [];
  for await (const part of process.stdin) parts.push(part);
  const input = Buffer.concat(parts);
  for (let at = 0; at < input.length; ) {
    const length = input.readUInt32BE(at);
    const result = await read(input.subarray(at + 4, at + 4 + length));
    process.stdout.write(JSON.stringify(result) + '\n');
    at += 4 + length;
  }
}

main();
