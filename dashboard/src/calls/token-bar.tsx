// The tokens of one call by bucket. The buckets are disjoint, so the bar adds up to the total.
import { type CallDetail, TOKEN_BUCKETS, type TokenBucket } from '@tollgate/contract';
import { formatCount } from '../ui/number-format.ts';
import { Tag } from '../ui/tag.tsx';

const BUCKETS: Record<TokenBucket, { label: string; color: string }> = {
  input_uncached_tokens: { label: 'Input', color: '#1f55d3' },
  input_cache_read_tokens: { label: 'Input, read from cache', color: '#33cdf2' },
  input_cache_write_5m_tokens: { label: 'Input, cache write (5 min)', color: '#7b3a7d' },
  input_cache_write_1h_tokens: { label: 'Input, cache write (1 h)', color: '#b667ea' },
  input_audio_tokens: { label: 'Input, audio', color: '#5f7fd8' },
  input_image_tokens: { label: 'Input, image', color: '#8aa3e8' },
  output_text_tokens: { label: 'Output', color: '#dc941b' },
  output_reasoning_tokens: { label: 'Output, reasoning', color: '#cd4214' },
  output_audio_tokens: { label: 'Output, audio', color: '#a6d276' },
  output_image_tokens: { label: 'Output, image', color: '#258b78' },
};

const SOURCES = {
  reported: { tone: 'good', text: 'reported by the provider' },
  estimated: { tone: 'warn', text: 'estimated by our tokenizer' },
  partial: { tone: 'warn', text: 'partial: the stream ended early' },
  none: { tone: 'neutral', text: 'not reported' },
} as const;

export function TokenBar({ call }: { call: CallDetail }) {
  const used = TOKEN_BUCKETS.filter((bucket) => call[bucket] > 0);
  const source = SOURCES[call.usage_source];
  return (
    <section aria-label="Tokens">
      <h3>
        Tokens <Tag tone={source.tone}>{source.text}</Tag>
      </h3>
      {used.length === 0 ? (
        <p className="tg-muted">No tokens were counted for this call.</p>
      ) : (
        <>
          <div className="tg-bar" aria-hidden="true">
            {used.map((bucket) => (
              <span
                key={bucket}
                style={{ flexGrow: call[bucket], background: BUCKETS[bucket].color }}
                title={`${BUCKETS[bucket].label}: ${formatCount(call[bucket])}`}
              />
            ))}
          </div>
          <dl className="tg-lines">
            {used.map((bucket) => (
              <div key={bucket}>
                <dt>
                  <span className="tg-swatch" style={{ background: BUCKETS[bucket].color }} />
                  {BUCKETS[bucket].label}
                </dt>
                <dd>{formatCount(call[bucket])}</dd>
              </div>
            ))}
            <div className="tg-lines-total">
              <dt>Total</dt>
              <dd>
                {formatCount(call.input_tokens)} in + {formatCount(call.output_tokens)} out
              </dd>
            </div>
          </dl>
        </>
      )}
    </section>
  );
}
