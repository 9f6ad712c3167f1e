// A process that stops while its engine's thread hangs; it should end with 7 all the same.

import { openHangingEngine } from './hanging-engine.fixture.ts';
import { HANG } from './hanging-worker.fixture.ts';

const { client } = openHangingEngine({});
await client.ready();
// The thread reads nothing but the prompt.
client.generate({ promptTokens: Int32Array.of(HANG, 3_600) } as never, () => undefined);
await client.stop();
process.exit(7);
