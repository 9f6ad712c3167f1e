// The headline figures of one load test.
import type { LoadTestRun } from '@tollgate/contract';
import { FigureTile } from '../ui/figure-tile.tsx';
import { MoneyText } from '../ui/money-text.tsx';
import { formatCount, formatShare } from '../ui/number-format.ts';
import { FigureMs, RateText } from './load-figures.tsx';

export function RunFigures({ run }: { run: LoadTestRun }) {
  const { cost, goodput } = run;
  return (
    <section className="tg-figures tg-load-figures" aria-label="Headline figures">
      <LatencyTile label="TTFT p50" of={run.ttft_ms} />
      <LatencyTile label="TPOT p50" of={run.tpot_ms} />
      <LatencyTile label="E2E p50" of={run.e2e_ms} />
      <FigureTile
        loading={false}
        label="Tokens/s"
        value={<RateText value={run.system_tps} />}
        note={
          <>
            <RateText value={run.rps} /> calls/s
          </>
        }
      />
      <FigureTile
        loading={false}
        label="Errors"
        value={formatCount(run.errors)}
        note={`${formatShare(run.error_rate)} of ${formatCount(run.requests)} calls`}
      />
      {goodput.bounds.length > 0 && goodput.attainment !== null && (
        <FigureTile
          loading={false}
          label="Goodput"
          value={formatShare(goodput.attainment)}
          note={`met ${goodput.bounds.join(', ')}`}
        />
      )}
      {cost !== null && (
        <FigureTile
          loading={false}
          label="Cost"
          value={<MoneyText amount={cost.total_usd} />}
          note={
            cost.per_1k_calls_usd !== null && (
              <>
                <MoneyText amount={cost.per_1k_calls_usd} /> per 1,000 calls
              </>
            )
          }
        />
      )}
    </section>
  );
}

function LatencyTile({ label, of }: { label: string; of: LoadTestRun['ttft_ms'] }) {
  return (
    <FigureTile
      loading={false}
      label={label}
      value={<FigureMs value={of.p50} />}
      note={
        <>
          p99 <FigureMs value={of.p99} />
        </>
      }
    />
  );
}
