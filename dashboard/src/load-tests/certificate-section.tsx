// The certificate of a run: what the client could have added to each figure, and what would be tolerated.
import type { LoadCertificate } from '@tollgate/contract';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { formatCount, formatDuration, formatShare } from '../ui/number-format.ts';
import { Facts } from './facts.tsx';
import { FigureMs } from './load-figures.tsx';
import { CertificateTag } from './verdict-tag.tsx';

type Bound = LoadCertificate['bounds'][number];

export function CertificateSection({ certificate }: { certificate: LoadCertificate }) {
  const { status, reasons, bounds, client, tolerance, calibrations } = certificate;
  return (
    <section className="tg-card" aria-label="Certificate">
      <div className="tg-card-head">
        <h2>
          Client certificate <CertificateTag status={status} />
        </h2>
        <span className="tg-muted">{formatShare(tolerance)} of a figure may be the client's</span>
      </div>
      {reasons.length > 0 && (
        <ul className="tg-load-list">
          {reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
      {bounds.length > 0 && (
        <DataTable
          caption="What the client could have added"
          columns={COLUMNS}
          rows={bounds}
          rowKey={({ figure }) => figure}
        />
      )}
      <Facts
        facts={[
          ['Processes', formatCount(client.workers)],
          ['Most calls in flight', formatCount(client.most_in_flight)],
          ['Busiest core', formatShare(client.cpu_share)],
          ['Waited for a core', client.cpu_wait_share === null ? null : formatShare(client.cpu_wait_share)],
          ['Lateness, p99', formatDuration(client.lateness_ms.p99)],
          ['Send lag, p99', formatDuration(client.send_lag_ms.p99)],
          ['Longest collection', formatDuration(client.longest_gc_ms)],
          ['Round trip', client.rtt_ms === null ? null : formatDuration(client.rtt_ms)],
          ['Calibrated', calibrations.map(calibrationText).join('; ') || 'no: the calibration was left out'],
        ]}
      />
    </section>
  );
}

function calibrationText({ concurrency, calls }: LoadCertificate['calibrations'][number]): string {
  return `${formatCount(calls)} calls, ${formatCount(concurrency)} at a time`;
}

const WITHIN: Record<Bound['within'], string> = {
  tolerance: 'yes',
  limit: 'slightly beyond',
  neither: 'far beyond',
};

const COLUMNS: readonly Column<Bound>[] = [
  { id: 'figure', header: 'Figure', cell: ({ figure }) => <b>{figure}</b> },
  {
    id: 'measured',
    header: 'Measured',
    align: 'end',
    wideOnly: true,
    cell: ({ measured_ms }) => <FigureMs value={measured_ms} />,
  },
  {
    id: 'client',
    header: 'Client error',
    align: 'end',
    hint: "How much of it could be the client's own lateness",
    cell: ({ client_error_ms }) => <FigureMs value={client_error_ms} />,
  },
  {
    id: 'tolerated',
    header: 'Tolerated',
    align: 'end',
    cell: ({ tolerated_ms }) => <FigureMs value={tolerated_ms} />,
  },
  { id: 'within', header: 'Within', align: 'end', cell: ({ within }) => WITHIN[within] },
];
