// A stack whose upstreams answer with the provider fixtures, for tests with the providers' own clients.
import type { CallSummary, CallsAnswer } from '@tollgate/contract';
import { createScriptedUpstream, type ReceivedRequest } from '../fakes/scripted-upstream.ts';
import { loadProviderFixtures } from '../fixtures/providers/load-provider-fixtures.ts';
import { aroundNow, eventually, startStack } from './running-stack.ts';

export interface FixtureStack {
  /** The base URL of a provider's upstream, as its client is given it. */
  readonly baseUrl: (provider: string) => string;
  /** Lets the upstream answer as the fixture does, on `path` where the client asks for another model. */
  readonly script: (fixtureName: string, path?: string) => void;
  /** The record of the one call that was made since the last time. */
  readonly theCall: () => Promise<CallSummary>;
  readonly lastRequest: () => ReceivedRequest | undefined;
  readonly stop: () => Promise<void>;
}

export async function startFixtureStack(providers: readonly string[]): Promise<FixtureStack> {
  const fixtures = new Map(loadProviderFixtures().map((fixture) => [fixture.name, fixture]));
  const upstream = await createScriptedUpstream();
  const stack = await startStack({
    args: ['--no-inference'],
    config: { upstreams: providers.map((provider) => ({ name: provider, provider, baseUrl: upstream.url })) },
  });
  let seen = 0;
  return {
    baseUrl: (provider) => `${stack.sidecar}/${provider}`,
    script: (name, path) => {
      const fixture = fixtures.get(name);
      if (fixture === undefined) throw new Error(`no fixture "${name}"`);
      const { status, headers, answer } = fixture;
      const third = Math.ceil(answer.length / 3);
      const cuts = [0, third, 2 * third, answer.length];
      upstream.on(path ?? fixture.path.split('?')[0] ?? '', {
        status,
        headers: Object.entries(headers).flat(),
        steps: cuts.slice(1).map((end, index) => ({ chunk: answer.subarray(cuts[index], end) })),
      });
    },
    theCall: async () => {
      const made = upstream.requests.length;
      if (made !== seen + 1) throw new Error(`${made - seen} requests were made instead of one`);
      seen = made;
      const { calls } = await eventually(
        () => stack.query<CallsAnswer>('calls', { ...aroundNow(), limit: '500' }),
        (answer) => answer.calls.length === made,
        4_000,
      );
      const [newest] = calls;
      if (newest === undefined) throw new Error('nothing is recorded');
      return newest;
    },
    lastRequest: () => upstream.requests.at(-1),
    stop: async () => {
      await stack.stop();
      await upstream.close();
    },
  };
}

/** What a client's stream says, piece by piece joined. */
export async function textOf<Chunk>(
  stream: AsyncIterable<Chunk> | undefined,
  read: (chunk: Chunk) => string | null | undefined,
): Promise<string> {
  let text = '';
  for await (const chunk of stream ?? []) text += read(chunk as Chunk) ?? '';
  return text;
}
