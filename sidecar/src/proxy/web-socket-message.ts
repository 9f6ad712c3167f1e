// Lets node:http hand over WebSocket upgrades alone. Other `Upgrade` headers (`h2c`, as Java's client sends it with ordinary
// requests) are an offer that a server may ignore: such a request is served like any other, its body included.
import { IncomingMessage } from 'node:http';

const OFFERED = Symbol('upgrade offered');

/** A class because the server makes these itself: its parser asks each message whether it is an upgrade. */
export class WebSocketAwareMessage extends IncomingMessage {
  // No initial value: the base class sets `upgrade` before fields of ours would exist.
  declare [OFFERED]: boolean;

  get upgrade(): boolean {
    return this[OFFERED] === true && this.headers.upgrade?.toLowerCase() === 'websocket';
  }

  set upgrade(offered: boolean) {
    this[OFFERED] = offered;
  }
}
