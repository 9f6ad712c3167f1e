// What is known of a run's tokens: asked against got, and what to make of counts that the server did not report.
import type { LoadTestRun } from '@tollgate/contract';

export function tokenLines({ tokens, requests, errors }: LoadTestRun): string[] {
  const answered = requests - errors;
  if (answered === 0) return [];
  const asked = tokens.requested_input_mean;
  const got =
    tokens.input === 0
      ? 'a call; what it got, the server does not report'
      : `got ${(tokens.input / answered).toFixed(1)} a call`;
  return [
    ...(asked === null
      ? []
      : [`input tokens: asked ${asked.toFixed(1)}${tokens.input === 0 ? '' : ','} ${got}`]),
    ...unreported(tokens.calls_by_token_source, answered),
  ];
}

function unreported(bySource: Readonly<Record<string, number>>, answered: number): string[] {
  const { counted = 0, events = 0 } = bySource;
  return [
    ...(counted === 0
      ? []
      : [`output tokens: ${counted} of ${answered} answers reported none, --tokenizer counted them`]),
    ...(events === 0
      ? []
      : [
          `output tokens: ${events} of ${answered} answers reported none, each event counts as one: TPOT and TPS are per event there; --tokenizer <file> counts their tokens`,
        ]),
  ];
}
