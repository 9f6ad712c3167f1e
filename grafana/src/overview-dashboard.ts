// The one dashboard to open first: traffic, latency, tokens, GPUs, money, and whether the ledger is whole.

import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { GEN_AI_METRICS, LLM_METRICS, TOLLGATE_METRICS } from '@tollgate/contract';
import { DATASOURCE, figurePanel, linePanel } from './panels/prometheus-panel.ts';

const MODEL = 'model_id=~"$model"';
const RATE = '[$__rate_interval]';

function quantile(q: number, metric: string, by: string, filter = ''): string {
  return `histogram_quantile(${q}, sum by (${by}, le) (rate(${metric}_bucket{${filter}}${RATE})))`;
}

export function overviewDashboard(): Dashboard {
  const builder = new DashboardBuilder('Tollgate: LLM traffic')
    .uid('tollgate-overview')
    .description(
      'Calls, latency, tokens, GPUs, budgets and completeness of everything that passes the sidecar.',
    )
    .tags(['tollgate', 'llm'])
    .refresh('15s')
    .time({ from: 'now-1h', to: 'now' })
    .timezone('browser')
    .readonly()
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(
      new QueryVariableBuilder('model')
        .label('Model')
        .datasource(DATASOURCE)
        .query(`label_values(${LLM_METRICS.requests}, model_id)`)
        .multi(true)
        .includeAll(true)
        .allValue('.*'),
    )
    .annotation(
      new AnnotationQueryBuilder()
        .name('Model loads')
        .datasource(DATASOURCE)
        .enable(true)
        .iconColor('purple')
        .expr(`changes(${LLM_METRICS.modelLoadSeconds}_count[1m]) > 0`)
        .titleFormat('{{model_id}} loaded'),
    );
  addFigures(builder);
  addTraffic(builder);
  addGpus(builder);
  addLedger(builder);
  return builder.build();
}

function addFigures(builder: DashboardBuilder): void {
  const errors = `sum(rate(${LLM_METRICS.requests}{${MODEL},status!~"ok|cache_hit|client_aborted"}${RATE}))`;
  const all = `sum(rate(${LLM_METRICS.requests}{${MODEL}}${RATE}))`;
  builder
    .withRow(new RowBuilder('Now'))
    .withPanel(
      figurePanel({
        title: 'In progress',
        description: 'Requests that are open at this moment',
        unit: 'short',
        queries: [{ expr: `sum(${LLM_METRICS.inProgress})`, legend: '' }],
      }),
    )
    .withPanel(
      figurePanel({
        title: 'Requests',
        description: 'Finished requests per second',
        unit: 'reqps',
        queries: [{ expr: all, legend: '' }],
      }),
    )
    .withPanel(
      figurePanel({
        title: 'Errors',
        description: 'Share of failed calls; aborted clients are not counted',
        unit: 'percentunit',
        queries: [{ expr: `(${errors} or vector(0)) / ${all}`, legend: '' }],
      }),
    )
    .withPanel(
      figurePanel({
        title: 'Output tokens',
        description: 'Generated tokens per second',
        unit: 'short',
        queries: [{ expr: `sum(rate(${LLM_METRICS.tokens}{${MODEL},type="output"}${RATE}))`, legend: '' }],
      }),
    )
    .withPanel(
      figurePanel({
        title: 'Calls missing',
        description: 'Seen by a sidecar, and neither stored, waiting nor counted as dropped',
        unit: 'short',
        queries: [{ expr: TOLLGATE_METRICS.callsMissing, legend: '' }],
      }),
    )
    .withPanel(
      figurePanel({
        title: 'Events dropped',
        description: 'In the range shown',
        unit: 'short',
        queries: [
          { expr: `sum(increase(${TOLLGATE_METRICS.eventsDropped}[$__range])) or vector(0)`, legend: '' },
        ],
      }),
    );
}

function addTraffic(builder: DashboardBuilder): void {
  const latency = [0.5, 0.95, 0.99].map((q) => ({
    expr: quantile(q, LLM_METRICS.latencySeconds, 'job', MODEL),
    legend: `p${q * 100}`,
  }));
  builder
    .withRow(new RowBuilder('Traffic'))
    .withPanel(
      linePanel({
        title: 'Requests by model',
        description: 'Finished requests per second',
        unit: 'reqps',
        queries: [
          {
            expr: `sum by (model_id) (rate(${LLM_METRICS.requests}{${MODEL}}${RATE}))`,
            legend: '{{model_id}}',
          },
        ],
      }),
    )
    .withPanel(
      linePanel({
        title: 'Request latency',
        description: 'From the arrival of the request to the last byte of the answer',
        unit: 's',
        queries: latency,
      }),
    )
    .withPanel(
      linePanel({
        title: 'Time to first token (p95)',
        description: 'Streamed calls, by requested model',
        unit: 's',
        queries: [
          {
            expr: quantile(
              0.95,
              GEN_AI_METRICS.clientTimeToFirstChunkSeconds,
              'gen_ai_request_model',
              'gen_ai_request_model=~"$model"',
            ),
            legend: '{{gen_ai_request_model}}',
          },
        ],
      }),
    )
    .withPanel(
      linePanel({
        title: 'Tokens',
        description: 'Per second, by direction',
        unit: 'short',
        queries: [
          { expr: `sum by (type) (rate(${LLM_METRICS.tokens}{${MODEL}}${RATE}))`, legend: '{{type}}' },
        ],
      }),
    )
    .withPanel(
      linePanel({
        title: 'Outcomes',
        description: 'Requests per second by how they ended',
        unit: 'reqps',
        queries: [
          { expr: `sum by (status) (rate(${LLM_METRICS.requests}{${MODEL}}${RATE}))`, legend: '{{status}}' },
        ],
      }),
    )
    .withPanel(
      linePanel({
        title: 'Own overhead',
        description: 'Time the sidecar itself adds to a call',
        unit: 's',
        queries: [0.5, 0.99].map((q) => ({
          expr: quantile(q, TOLLGATE_METRICS.overheadSeconds, 'job'),
          legend: `p${q * 100}`,
        })),
      }),
    )
    .withPanel(
      linePanel({
        title: 'Canary',
        description: 'What the way through the sidecar adds to the same call, seen from outside it',
        unit: 's',
        queries: [
          {
            expr: `max by (quantile) (${TOLLGATE_METRICS.canaryOverheadSeconds})`,
            legend: 'quantile {{quantile}}',
          },
        ],
      }),
    );
}

function addGpus(builder: DashboardBuilder): void {
  builder
    .withRow(new RowBuilder('GPUs and the reference server'))
    .withPanel(
      linePanel({
        title: 'GPU utilisation',
        description: 'By NVML, beside the sidecar',
        unit: 'percent',
        max: 100,
        queries: [{ expr: LLM_METRICS.gpuUtilization, legend: '{{device}}' }],
      }),
    )
    .withPanel(
      linePanel({
        title: 'GPU memory',
        description: 'Bytes in use',
        unit: 'bytes',
        queries: [{ expr: LLM_METRICS.gpuMemoryUsageBytes, legend: '{{device}}' }],
      }),
    )
    .withPanel(
      linePanel({
        title: 'Queue',
        description: 'Requests waiting in the reference server',
        unit: 'short',
        queries: [{ expr: `sum(${LLM_METRICS.inferenceQueueLength})`, legend: 'waiting' }],
      }),
    )
    .withPanel(
      linePanel({
        title: 'Batch size (mean)',
        description: 'Sequences in one decode step',
        unit: 'short',
        queries: [
          {
            expr: `sum(rate(${LLM_METRICS.batchSize}_sum${RATE})) / sum(rate(${LLM_METRICS.batchSize}_count${RATE}))`,
            legend: 'mean',
          },
        ],
      }),
    );
}

function addLedger(builder: DashboardBuilder): void {
  builder
    .withRow(new RowBuilder('Money and the ledger'))
    .withPanel(
      linePanel({
        title: 'Budgets',
        description: 'Share of the period’s budget that is spent',
        unit: 'percentunit',
        queries: [{ expr: TOLLGATE_METRICS.budgetSpentRatio, legend: '{{budget}}' }],
      }),
    )
    .withPanel(
      linePanel({
        title: 'Waiting in spools',
        description: 'Events recorded and not yet acknowledged by the collector',
        unit: 'short',
        queries: [{ expr: `sum by (instance) (${TOLLGATE_METRICS.eventsSpooled})`, legend: '{{instance}}' }],
      }),
    )
    .withPanel(
      linePanel({
        title: 'Rows stored',
        description: 'Per second, by table',
        unit: 'short',
        queries: [
          { expr: `sum by (table) (rate(${TOLLGATE_METRICS.rowsStored}${RATE}))`, legend: '{{table}}' },
        ],
      }),
    )
    .withPanel(
      linePanel({
        title: 'Findings',
        description: 'Content-filter findings per second, by pattern',
        unit: 'short',
        queries: [
          { expr: `sum by (pattern) (rate(${TOLLGATE_METRICS.findings}${RATE}))`, legend: '{{pattern}}' },
        ],
      }),
    );
}
