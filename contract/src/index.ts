// What crosses a process boundary, in one place.
export * from './audit-event.ts';
export * from './event-batch.ts';
export * from './filter-finding.ts';
export * from './governance-answers.ts';
export * from './gpu-sample.ts';
export * from './llm-call.ts';
export * from './metric-names.ts';
export * from './money.ts';
export * from './provider.ts';
export * from './query-answers.ts';
export * from './query-range.ts';
export * from './request-headers.ts';
export * from './sidecar-report.ts';
export * from './timestamp.ts';
export * from './token-usage.ts';
