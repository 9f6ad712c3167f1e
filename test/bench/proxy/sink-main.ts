// A collector that acknowledges every batch and counts its lines: what the sidecar ships to while it is measured.
import { createServer } from 'node:http';

let lines = 0;
const server = createServer((request, response) => {
  let batchLines = 0;
  request.on('data', (chunk: Buffer) => {
    for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, at + 1)) batchLines += 1;
  });
  request.on('end', () => {
    lines += batchLines;
    response.end(
      JSON.stringify({
        batch_id: request.headers['x-tollgate-batch-id'],
        accepted: batchLines,
        rejected: [],
      }),
    );
  });
});
process.on('message', () => process.send?.({ lines }));
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') process.send?.({ port: address?.port });
});
