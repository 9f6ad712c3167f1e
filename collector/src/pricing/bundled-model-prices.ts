// Example prices of the bundled model, so that a first call shows what it cost. Prices from the configuration stand above them.
import { PriceOverride } from './price-override.ts';

const SOURCE = 'example price of the bundled model';
const MODEL = 'tollgate-tiny';

export const BUNDLED_MODEL_PRICES: readonly PriceOverride[] = [
  { model: MODEL, meter: 'input', unitPriceUsd: '0.1', source: SOURCE },
  { model: MODEL, meter: 'cache_read', unitPriceUsd: '0.02', source: SOURCE },
  { model: MODEL, meter: 'output', unitPriceUsd: '0.4', source: SOURCE },
].map((price) => PriceOverride.parse(price));
