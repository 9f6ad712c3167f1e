// Which settings a request may send and what applies when it sends none. Settings become arguments of the engine's
// Session, so names are checked against the engine's own list: nothing else can be passed on.
import { createClickHouseException } from './clickhouse-exception.ts';
import type { Role } from './credentials.ts';

export interface QueryLimits {
  readonly maxExecutionSeconds: number;
  readonly maxMemoryBytes: number;
  readonly maxResultRows: number;
}

export interface SettingPolicy {
  /** The settings to run with: defaults, then what was asked. Throws UNKNOWN_SETTING (115) or READONLY (164). */
  readonly resolve: (asked: ReadonlyMap<string, string>, role: Role) => ReadonlyMap<string, string>;
}

export interface SettingPolicyOptions {
  /** Every name in `system.settings`. */
  readonly knownSettings: ReadonlySet<string>;
  readonly limits: QueryLimits;
}

/** They change how SQL is read, carry SQL or a path in their value, or reach files and the network. */
const FORBIDDEN_SETTING =
  /^(?:dialect|.*dialect|promql_.*|implicit_table_at_top_level|additional_.*|format_schema.*|output_format_schema|format_template_.*|url_base|rename_files_.*|profile|readonly|allow_ddl|log_comment|send_logs_.*|.*cluster.*|parallel_replicas.*|allow_parallel_replicas|ai_.*|s3.*|azure.*|hdfs.*|.*credentials.*|disk|storage_policy|workload|default_view_definer|default_.*sql_security.*|ignore_format_null_for_explain|allow_introspection_functions|allow_settings_after_format_in_insert|multiquery.*|chdb_.*|filesystem_cache_name|.*_path|.*(?:schema_path|library_path).*|.*python.*|allow_experimental_(?:eval|codecs|ai).*|insert_keeper.*|async_insert|wait_for_async_insert)$/;

const LIMIT_SETTINGS: Readonly<Record<string, keyof QueryLimits>> = {
  max_execution_time: 'maxExecutionSeconds',
  max_memory_usage: 'maxMemoryBytes',
  max_result_rows: 'maxResultRows',
};

/** What a reader may choose: how a result looks, and less work. */
const READER_SETTING =
  /^(?:output_format_.*|format_csv_.*|date_time_output_format|join_use_nulls|max_threads|max_block_size|use_query_cache|result_overflow_mode|max_result_bytes|group_by_use_nulls|session_timezone|enable_http_compression|http_.*|send_progress_in_http_headers|wait_end_of_query|cancel_http_readonly_queries_on_client_close)$/;

export function isForbiddenSetting(name: string): boolean {
  return FORBIDDEN_SETTING.test(name.toLowerCase());
}

export function createSettingPolicy({ knownSettings, limits }: SettingPolicyOptions): SettingPolicy {
  const defaults: readonly (readonly [string, string])[] = [
    ['output_format_json_quote_64bit_integers', '1'],
    ['output_format_json_quote_decimals', '1'],
    ['output_format_arrow_compression_method', 'none'],
    ['implicit_select', '0'],
    ['result_overflow_mode', 'throw'],
    ['max_execution_time', String(limits.maxExecutionSeconds)],
    ['max_memory_usage', String(limits.maxMemoryBytes)],
    ['max_result_rows', String(limits.maxResultRows)],
  ];
  return {
    resolve: (asked, role) => {
      const settings = new Map(defaults.filter(([name]) => knownSettings.has(name)));
      for (const [name, value] of asked) {
        if (!knownSettings.has(name)) throw unknownSetting(name);
        if (isForbiddenSetting(name)) {
          // Clients send these on every request; at 0 they ask for nothing.
          if (value === '0' && /^(?:async_insert|wait_for_async_insert|readonly)$/.test(name)) continue;
          throw notAllowed(name);
        }
        settings.set(name, role === 'reader' ? readerValue(name, value, limits) : value);
      }
      if (role === 'reader') settings.set('readonly', '1');
      return settings;
    },
  };
}

function readerValue(name: string, value: string, limits: QueryLimits): string {
  const limit = LIMIT_SETTINGS[name];
  if (limit === undefined) {
    if (READER_SETTING.test(name)) return value;
    throw notAllowed(name);
  }
  const asked = Number(value);
  // Zero means no limit at all.
  return asked > 0 && asked < limits[limit] ? value : String(limits[limit]);
}

function unknownSetting(name: string): Error {
  return createClickHouseException({
    code: 115,
    type: 'UNKNOWN_SETTING',
    message: `Unknown setting '${name}'`,
  });
}

function notAllowed(name: string): Error {
  return createClickHouseException({
    code: 164,
    type: 'READONLY',
    message: `Cannot modify '${name}' setting: the embedded store does not allow it`,
  });
}
