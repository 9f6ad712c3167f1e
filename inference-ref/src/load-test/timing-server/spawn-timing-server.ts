// The timing server started in a process of its own, as the certificate needs it.
import { defineError } from '@tollgate/service-kit/tollgate-error';
import { spawnChild } from '../run/spawn-child.ts';
import type { TimingProfile } from './timing-profile.ts';
import type { TimingServer } from './timing-server.ts';

const errTimingServer = defineError('TG_LOADTEST_TIMING_SERVER', 500);

export interface TimingServerSettings {
  readonly profile: Partial<TimingProfile>;
  /** 0, the default, takes a free one. */
  readonly port?: number;
}

export function spawnTimingServer(settings: TimingServerSettings): Promise<TimingServer> {
  const main = new URL('./timing-server-main.ts', import.meta.url);
  const child = spawnChild(main, [JSON.stringify(settings)]);
  return new Promise((resolve, reject) => {
    const exited = new Promise<void>((done) => child.once('exit', () => done()));
    child.once('error', reject);
    child.once('exit', (code) => {
      reject(
        errTimingServer(`the timing server ended with code ${code} before it served`, {
          hint: 'see its message above',
        }),
      );
    });
    child.once('message', (message: { url: string }) => {
      resolve({
        url: message.url,
        close: async () => {
          child.disconnect();
          await exited;
        },
      });
    });
  });
}
