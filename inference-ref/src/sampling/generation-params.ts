// What one generation is asked to do, in the units the engine works with. Validation belongs to the API, not here.

export interface GenerationParams {
  readonly maxTokens: number;
  /** End and stop tokens are masked until this many tokens exist. */
  readonly minTokens: number;
  readonly ignoreEos: boolean;
  /** 0 is greedy. */
  readonly temperature: number;
  readonly topP: number;
  /** 0 keeps every token. */
  readonly topK: number;
  /** Keeps tokens at least this likely relative to the likeliest; 0 keeps every token. */
  readonly minP: number;
  readonly presencePenalty: number;
  readonly frequencyPenalty: number;
  /** 1 changes nothing; counts the prompt as well. */
  readonly repetitionPenalty: number;
  readonly seed: number | null;
  readonly logitBias: readonly (readonly [tokenId: number, bias: number])[];
  readonly stopTexts: readonly string[];
  readonly stopTokenIds: readonly number[];
  /** How many alternatives to report per token; null reports none and not the chosen one either. */
  readonly topLogprobs: number | null;
  /** What the answer must look like, as `grammarText` writes it. */
  readonly grammar: string | null;
}

export const greedyParams: GenerationParams = {
  maxTokens: 16,
  minTokens: 0,
  ignoreEos: false,
  temperature: 0,
  topP: 1,
  topK: 0,
  minP: 0,
  presencePenalty: 0,
  frequencyPenalty: 0,
  repetitionPenalty: 1,
  seed: null,
  logitBias: [],
  stopTexts: [],
  stopTokenIds: [],
  topLogprobs: null,
  grammar: null,
};
