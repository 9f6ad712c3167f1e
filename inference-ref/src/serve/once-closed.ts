// When an answer is over: sent whole, or its client gone.

import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Calls back once; at once where it has happened already. A response that waits behind others on its connection has no
 * socket of its own yet and never closes, so the connection is listened to as well.
 */
export function onceClosed(request: IncomingMessage, response: ServerResponse, callback: () => void): void {
  const { socket } = request;
  let isOver = false;
  const settle = () => {
    // Both may be under way of being told already.
    if (isOver) return;
    isOver = true;
    response.off('close', settle);
    socket.off('close', settle);
    callback();
  };
  if (response.destroyed || socket.destroyed) {
    callback();
    return;
  }
  // As many as wait on one connection.
  socket.setMaxListeners(0);
  response.once('close', settle);
  socket.once('close', settle);
}
