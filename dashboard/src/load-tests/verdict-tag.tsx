// What a load test, one of its objectives or its client was judged, as a coloured word.
import type { LoadCertificate, LoadObjective, LoadVerdict } from '@tollgate/contract';
import { Tag, type Tone } from '../ui/tag.tsx';

interface Judgement {
  tone: Tone;
  hint: string;
}

const VERDICTS: Record<LoadVerdict, Judgement> = {
  PASS: { tone: 'good', hint: 'Every objective is met at the confidence asked for' },
  FAIL: { tone: 'bad', hint: 'An objective is missed at the confidence asked for' },
  INCONCLUSIVE: { tone: 'accent', hint: 'Too few requests to tell' },
  INVALID: { tone: 'warn', hint: 'The load-making client itself could explain the result' },
};
const OUTCOMES: Record<LoadObjective['outcome'], { tone: Tone; label: string }> = {
  pass: { tone: 'good', label: 'met' },
  fail: { tone: 'bad', label: 'missed' },
  inconclusive: { tone: 'accent', label: 'undecided' },
};
const CERTIFICATES: Record<LoadCertificate['status'], Judgement> = {
  valid: { tone: 'good', hint: 'The client was too quick to matter' },
  degraded: { tone: 'accent', hint: 'Some figures are slightly beyond the tolerance; they are named' },
  invalid: { tone: 'warn', hint: 'The client itself could explain the result' },
  not_applicable: { tone: 'accent', hint: 'No call was answered, so there was nothing to measure' },
};

export function VerdictTag({ verdict }: { verdict: LoadVerdict }) {
  const { tone, hint } = VERDICTS[verdict];
  return (
    <Tag tone={tone} title={hint}>
      {verdict}
    </Tag>
  );
}

export function OutcomeWord({ outcome }: { outcome: LoadObjective['outcome'] }) {
  const { tone, label } = OUTCOMES[outcome];
  return <Tag tone={tone}>{label}</Tag>;
}

export function CertificateTag({ status }: { status: LoadCertificate['status'] }) {
  const { tone, hint } = CERTIFICATES[status];
  return (
    <Tag tone={tone} title={hint}>
      {status.replace('_', ' ')}
    </Tag>
  );
}
