// Runs the choices of one request on an engine and tells a sink what happens, in the order it happens; measures queue,
// prefill and decode. It writes no byte.

import type { Clock } from '@tollgate/service-kit/clock';
import type { TollgateError } from '@tollgate/service-kit/tollgate-error';
import type { EngineClient } from '../engine/engine-client.ts';
import type { FinishReason, GenerationEvent } from '../engine/engine-events.ts';
import type { GenerationParams } from '../sampling/generation-params.ts';
import type { ChosenToken } from '../sampling/logprobs.ts';
import { errGenerationFailed, overloaded } from './openai-error.ts';

export interface GenerationUsage {
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly completionTokens: number;
}

/** queue + prefill + decode is the whole time from receipt to the last token, by construction. */
export interface GenerationTiming {
  readonly queueMs: number;
  readonly prefillMs: number;
  readonly decodeMs: number;
}

export interface GenerationSummary {
  readonly usage: GenerationUsage;
  /** Of the prompts that an engine began to read. */
  readonly admittedPromptTokens: number;
  readonly timing: GenerationTiming;
  /** From a choice's first token to its end, by the tokens after the first; of each that ended with more than one. */
  readonly msPerOutputToken: readonly number[];
  readonly outcome: 'ok' | 'cancelled' | 'failed' | 'rejected';
  /** Why it failed or was rejected. */
  readonly errorCode: string | null;
  /** Of the choices that have ended, in their order. */
  readonly finishReasons: readonly FinishReason[];
  /** Choices that have not ended. */
  readonly openChoices: number;
  readonly preemptions: number;
}

export interface ChoiceEnd {
  readonly choice: number;
  readonly text: string;
  readonly reason: FinishReason;
  readonly stoppedBy: string | number | null;
}

export interface GenerationSink {
  token(choice: number, text: string, token: ChosenToken): void;
  ended(end: ChoiceEnd): void;
  /** Every choice has ended. */
  done(): void;
  /** Nothing more comes; called at most once and never after `done`. */
  failed(error: TollgateError): void;
}

export interface GenerationPlan {
  /** One a choice; several prompts of a text completion stand one after the other. */
  readonly prompts: readonly Int32Array[];
  readonly choicesPerPrompt: number;
  readonly params: GenerationParams;
  readonly priority: number;
  readonly tenant: string;
  readonly cacheSalt: string;
  /** On the monotonic clock. */
  readonly receivedMs: number;
}

export interface Generation {
  readonly usage: GenerationUsage;
  readonly timing: GenerationTiming;
  cancel(): void;
}

export interface GenerationOptions {
  readonly engine: EngineClient;
  readonly plan: GenerationPlan;
  readonly clock: Clock;
  readonly sink: GenerationSink;
  /** Called exactly once, whatever happened. */
  readonly onSummary: (summary: GenerationSummary) => void;
}

export function startGeneration({ engine, plan, clock, sink, onSummary }: GenerationOptions): Generation {
  const ids: number[] = [];
  const state = { open: 0, completionTokens: 0, cachedTokens: 0, preemptions: 0, over: false };
  const at = { admitted: 0, first: 0, ended: 0 };
  const finishReasons: FinishReason[] = [];
  const admittedPrompts = new Set<number>();
  const paces = createChoicePaces(clock);
  const promptTokens = plan.prompts.reduce((sum, prompt) => sum + prompt.length, 0);
  const usage = (): GenerationUsage => {
    const { completionTokens, cachedTokens } = state;
    return { promptTokens, cachedTokens, completionTokens };
  };
  const timing = (): GenerationTiming => {
    const ended = at.ended || clock.monotonicMs();
    const admitted = Math.min(at.admitted || ended, ended);
    const first = Math.max(admitted, at.first || ended);
    const queueMs = Math.max(0, admitted - plan.receivedMs);
    return { queueMs, prefillMs: first - admitted, decodeMs: Math.max(0, ended - first) };
  };
  const close = (outcome: GenerationSummary['outcome'], errorCode: string | null = null) => {
    state.over = true;
    at.ended = clock.monotonicMs();
    const { preemptions, open } = state;
    const reasons = finishReasons.filter((reason) => reason !== undefined);
    onSummary({
      ...{ usage: usage(), timing: timing(), msPerOutputToken: paces.msPerToken, outcome, errorCode },
      ...{ finishReasons: reasons, openChoices: open, preemptions },
      admittedPromptTokens: [...admittedPrompts].reduce(
        (sum, index) => sum + (plan.prompts[index]?.length ?? 0),
        0,
      ),
    });
  };
  const giveUp = (outcome: 'failed' | 'rejected', error: TollgateError) => {
    for (const id of ids) engine.cancel(id);
    close(outcome, error.code);
    sink.failed(error);
  };
  const hear = (choice: number, event: GenerationEvent) => {
    if (state.over) return;
    if (event.kind === 'token') {
      at.first ||= clock.monotonicMs();
      state.completionTokens += 1;
      paces.token(choice);
      sink.token(choice, event.text, event.token);
    } else if (event.kind === 'admitted') {
      at.admitted ||= event.atMs;
      admittedPrompts.add(Math.floor(choice / plan.choicesPerPrompt));
      // A prompt counts once, however many choices it is asked for.
      if (choice % plan.choicesPerPrompt === 0) state.cachedTokens += event.cachedTokens;
    } else if (event.kind === 'finished') {
      state.preemptions += event.preemptions;
      state.open -= 1;
      finishReasons[choice] = event.reason;
      paces.ended(choice);
      sink.ended({ choice, text: event.text, reason: event.reason, stoppedBy: event.stoppedBy });
      if (state.open > 0) return;
      close('ok');
      sink.done();
    } else if (event.kind === 'rejected') {
      giveUp('rejected', overloaded(engine.retryAfterSeconds));
    } else {
      giveUp('failed', event.error ?? errGenerationFailed(event.message));
    }
  };

  const { priority, tenant, cacheSalt, receivedMs, choicesPerPrompt } = plan;
  state.open = plan.prompts.length * choicesPerPrompt;
  plan.prompts.forEach((prompt, index) => {
    for (let copy = 0; copy < choicesPerPrompt && !state.over; copy++) {
      const choice = index * choicesPerPrompt + copy;
      const seed = plan.params.seed === null ? null : plan.params.seed + copy;
      const params = { ...plan.params, seed };
      const request = {
        promptTokens: prompt,
        params,
        priority,
        tenant,
        cacheSalt,
        arrivedAtMs: receivedMs,
      };
      ids[choice] = engine.generate(request, (event) => hear(choice, event));
    }
  });

  return {
    get usage() {
      return usage();
    },
    get timing() {
      return timing();
    },
    cancel() {
      if (state.over) return;
      for (const id of ids) engine.cancel(id);
      close('cancelled');
    },
  };
}

/** How fast each choice of a request grew. */
function createChoicePaces(clock: Clock) {
  const choices: { readonly firstMs: number; tokens: number }[] = [];
  const msPerToken: number[] = [];
  return {
    msPerToken,
    token(choice: number) {
      const known = choices[choice];
      if (known === undefined) choices[choice] = { firstMs: clock.monotonicMs(), tokens: 1 };
      else known.tokens += 1;
    },
    ended(choice: number) {
      const { firstMs, tokens } = choices[choice] ?? { firstMs: 0, tokens: 0 };
      if (tokens > 1) msPerToken.push((clock.monotonicMs() - firstMs) / (tokens - 1));
    },
  };
}
