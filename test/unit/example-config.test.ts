// The commented example is the documentation of the settings: every service must accept it as it stands.
import { join } from 'node:path';
import { COLLECTOR_ENV, COLLECTOR_SECTIONS, CollectorConfig } from '@tollgate/collector/config';
import { loadInferenceConfig } from '@tollgate/inference-ref/inference-config';
import { loadConfig } from '@tollgate/service-kit/config';
import { loadSidecarConfig } from '@tollgate/sidecar/config';
import { describe, expect, it } from 'vitest';
import { root } from '../steps.ts';

const TOLLGATE_CONFIG = join(root, 'tollgate.example.yaml');

describe('tollgate.example.yaml', () => {
  it('is accepted by the sidecar', () => {
    const { upstreams, sidecar } = loadSidecarConfig({ TOLLGATE_CONFIG, OPENAI_API_KEY: 'sk-test' });
    expect(upstreams.map(({ name }) => name)).toEqual(['openai', 'anthropic', 'own']);
    const defaults = loadSidecarConfig({}).sidecar;
    expect(sidecar).toEqual(defaults);
  });

  it('is accepted by the collector', () => {
    const config = loadConfig({
      schema: CollectorConfig,
      sections: [...COLLECTOR_SECTIONS],
      file: TOLLGATE_CONFIG,
      env: {},
      envPaths: COLLECTOR_ENV,
    });
    expect(config.budgets).toHaveLength(2);
    expect(config.collector.prices).toHaveLength(2);
    expect({ ...config.collector, prices: [] }).toEqual(CollectorConfig.parse({}).collector);
  });

  it('is accepted by the inference server, and says its defaults', () => {
    expect(loadInferenceConfig({ TOLLGATE_CONFIG })).toEqual(loadInferenceConfig({}));
  });
});
