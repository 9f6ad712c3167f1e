// The providers by name, as written in the configuration and stored with each call.
import { z } from 'zod';

export const Provider = z.enum([
  'openai',
  'azure',
  'anthropic',
  'google',
  'vertex',
  'bedrock',
  'mistral',
  'groq',
  'deepseek',
  'xai',
  'cohere',
  'openrouter',
  'together',
  'fireworks',
  'perplexity',
  'cerebras',
  'ollama',
  'vllm',
  'tgi',
  'llamacpp',
  'huggingface',
  'openai-compatible',
]);
export type Provider = z.infer<typeof Provider>;
