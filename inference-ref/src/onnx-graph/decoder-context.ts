// What every stage of writing a decoder's graph shares.

import type { DecoderShape } from './decoder-shape.ts';
import type { DecoderDtype, DecoderWeights, FloatType } from './decoder-weights.ts';
import type { GraphBuilder } from './graph-builder.ts';
import type { InitializerStore } from './initializer-store.ts';

/**
 * `standard`: what exporters write. `extended`: also the scalar input `num_logits_to_keep` (logits of the last n
 * positions alone, 0 for all) and the output `hidden_states` [B, S, hidden] behind the final norm.
 */
export type DecoderLayout = 'standard' | 'extended';

export interface DecoderContext {
  readonly shape: DecoderShape;
  readonly dtype: DecoderDtype;
  /** The type of activations and of the key/value cache. */
  readonly floatType: FloatType;
  readonly layout: DecoderLayout;
  readonly graph: GraphBuilder;
  readonly weights: DecoderWeights;
  readonly store: InitializerStore;
}
