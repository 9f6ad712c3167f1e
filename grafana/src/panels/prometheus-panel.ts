// Two kinds of panel over Prometheus: a line over time and a single figure. Units are Grafana's unit ids.
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

export const DATASOURCE: DataSourceRef = { type: 'prometheus', uid: '$datasource' };

interface PanelQuery {
  readonly expr: string;
  readonly legend: string;
}

export interface PanelSpec {
  readonly title: string;
  readonly description: string;
  readonly unit: string;
  readonly queries: readonly PanelQuery[];
  readonly min?: number;
  readonly max?: number;
}

const HALF = { span: 12, height: 8 };
const SIXTH = { span: 4, height: 4 };

export function linePanel(spec: PanelSpec): TimeseriesBuilder {
  const panel = new TimeseriesBuilder()
    .title(spec.title)
    .description(spec.description)
    .unit(spec.unit)
    .datasource(DATASOURCE)
    .min(spec.min ?? 0)
    .span(HALF.span)
    .height(HALF.height)
    .fillOpacity(10)
    .lineWidth(2);
  if (spec.max !== undefined) panel.max(spec.max);
  return spec.queries.reduce((built, query, index) => built.withTarget(target(query, index)), panel);
}

export function figurePanel(spec: PanelSpec): StatBuilder {
  const panel = new StatBuilder()
    .title(spec.title)
    .description(spec.description)
    .unit(spec.unit)
    .datasource(DATASOURCE)
    .span(SIXTH.span)
    .height(SIXTH.height);
  return spec.queries.reduce((built, query, index) => built.withTarget(target(query, index)), panel);
}

function target({ expr, legend }: PanelQuery, index: number): DataqueryBuilder {
  return new DataqueryBuilder()
    .expr(expr)
    .legendFormat(legend)
    .refId(String.fromCharCode(65 + index));
}
