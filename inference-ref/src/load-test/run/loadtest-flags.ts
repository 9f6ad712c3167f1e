// The flags of `tollgate loadtest` with their help; parsing and checking is loadtest-options.ts.
import type { Command } from 'commander';

export const EXAMPLES = `
Exit codes: 0 PASS, 1 FAIL, 2 usage, 3 INCONCLUSIVE (more requests needed), 4 INVALID (the client could explain the result),
130 interrupted before there was a result.

Examples
  Gate CI on latency:
    tollgate loadtest --url http://127.0.0.1:8000/v1 --model m --concurrency 8 --requests 500 \\
      --objective 'ttft.p99<500ms' --objective 'error_rate<1%' --json out.json --junit out.xml
  The three standard tests, and a comparison of models:
    tollgate loadtest --url … --model m --test latency
    tollgate loadtest --url … --model m --test throughput
    tollgate loadtest --url … --model m --test users
    tollgate loadtest --url … --compare small,large --requests 200
  Candidate against baseline, interleaved in one job:
    tollgate loadtest --url http://new:8000/v1 --baseline-url http://old:8000/v1 --model m --requests 480
  Highest concurrency that meets an objective:
    tollgate loadtest --url … --model m --sweep concurrency --objective 'ttft.p95<800ms'`;

function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

/** Flags by what the user decides with them. */
export function addLoadtestFlags(command: Command): void {
  addTargetFlags(command);
  addLoadFlags(command);
  addWorkloadFlags(command);
  addVerdictFlags(command);
  addContextFlags(command);
}

function addTargetFlags(command: Command): void {
  command
    .option('--url <base>', 'base address of the API, such as http://127.0.0.1:8000/v1')
    .option('--model <name>', 'model to ask for')
    .option('--api <style>', 'openai-chat, openai-completions, anthropic or gemini')
    .option('--api-key <key>', 'API key')
    .option('--api-key-file <path>', 'file that holds the API key')
    .option('--header <name: value>', 'further header, repeatable', collect)
    .option('--extra-body <json>', 'merged into each request body')
    .option('--max-tokens-field <name>', 'max_tokens or max_completion_tokens')
    .option('--ignore-eos', 'ask for full-length answers (vLLM: ignore_eos, min_tokens)')
    .option('--tools', 'measure tool-call streams: each request demands a call')
    .option('--reasoning-effort <level>', 'sent as reasoning_effort')
    .option('--insecure', 'accept any TLS certificate')
    .option('--ca <file>', 'PEM certificates to trust, for a server with one of its own')
    .option('--connections <mode>', 'reuse sockets or open a fresh one a call')
    .option('--timeout <duration>', 'of a whole call')
    .option('--stall-timeout <duration>', 'between two chunks')
    .option('--connect-timeout <duration>', 'of a connect');
}

function addLoadFlags(command: Command): void {
  command
    .option('--test <name>', 'latency (100 calls), throughput (60 s) or users (300 s)')
    .option('--concurrency <n>', 'closed loop with n callers')
    .option('--rate <rps>', 'open loop at this rate')
    .option('--arrivals <process>', 'constant, poisson or gamma:<shape> (below 1 is bursty)')
    .option('--users <n>', 'users who think between calls')
    .option('--think-time <duration>', 'mean think time of users and conversations')
    .option('--sessions <n>', 'conversations at a time')
    .option('--turns <n>', 'turns of a conversation')
    .option('--ramp-up <duration>', 'callers or users start over this time')
    .option('--shape <name>', 'ramp, step, spike or soak (open loop)')
    .option('--from-rate <rps>', 'start of a ramp or of steps')
    .option('--to-rate <rps>', 'end of a ramp or of steps, peak of a spike')
    .option('--steps <n>', 'number of steps')
    .option('--trace <file|ledger>', 'replay recorded calls (JSONL, Mooncake, or our own ledger)')
    .option('--trace-from <time>', 'with --trace ledger: RFC 3339')
    .option('--trace-to <time>', 'with --trace ledger: RFC 3339')
    .option('--speed <factor>', 'of a replay')
    .option('--sweep <by>', 'climb concurrency or rate to the highest load that meets the objectives')
    .option('--sweep-from <load>', 'first load of the ladder')
    .option('--sweep-to <load>', 'last load of the ladder')
    .option('--sweep-precision <percent>', 'when the search ends')
    .option('--requests <n>', 'stop after n calls')
    .option('--duration <duration>', 'stop after this time')
    .option('--warmup <duration>', 'calls of this first time are not measured')
    .option('--warmup-requests <n>', 'calls sent before the run')
    .option('--cooldown <duration>', 'calls of this last time are not measured')
    .option('--workers <n>', 'load-making processes');
}

function addWorkloadFlags(command: Command): void {
  command
    .option('--input-tokens <spec>', '128, uniform:64-256, normal:256,64 or lognormal:256,128')
    .option('--output-tokens <spec>', 'the same, as max_tokens')
    .option('--prompts <file>', 'own prompts (.txt, .jsonl with templates) or ShareGPT (.json)')
    .option('--shared-prefix <tokens[,groups]>', 'prompts share a prefix: the cache is the subject')
    .option('--no-nonce', 'repeat prompts as they are: the cache is the subject')
    .option('--no-prompt-scale', "don't probe how many words make a token")
    .option('--tokenizer <file>', 'tokenizer.json to count answers without reported usage')
    .option('--seed <n>', 'of arrivals and lengths');
}

function addVerdictFlags(command: Command): void {
  command
    .option(
      '--objective <text>',
      "such as 'ttft.p99<500ms', repeatable; error_rate<=1% holds unless one names error_rate or goodput",
      collect,
    )
    .option('--objectives-file <path>', 'objectives, one a line')
    .option('--slo <text>', "bound of a good call for goodput, such as 'ttft<500ms', repeatable", collect)
    .option('--confidence <percent>', 'of the verdict, 95 % by default')
    .option('--early-stop', 'end the run once the verdict is certain')
    .option('--tolerance <percent>', 'client error that a valid figure may hold, 2 % by default')
    .option('--calibration <duration>', 'of the calibration before the run; 0 leaves it out')
    .option('--compare <a,b>', 'compare models, interleaved')
    .option('--baseline-url <base>', 'compare with this endpoint, interleaved')
    .option('--baseline-model <name>', 'compare with this model, interleaved')
    .option('--baseline <file>', 'compare with a stored report')
    .option('--blocks <n>', 'blocks of an interleaved comparison')
    .option('--max-regression <percent>', 'slower by this much is a regression')
    .option('--max-error-increase <percent>', 'of calls that fail beyond the baseline, 1 % by default');
}

function addContextFlags(command: Command): void {
  command
    .option(
      '--metrics-url <url>',
      "the server's metrics page, repeatable; beside the API by default, unless a sidecar stands there",
      collect,
    )
    .option('--no-server-metrics', "don't scrape the server")
    .option('--price-input <usd>', 'per million input tokens')
    .option('--price-cached-input <usd>', 'per million cached input tokens')
    .option('--price-output <usd>', 'per million output tokens')
    .option('--price-hour <usd>', 'of the machine, per hour')
    .option('--name <text>', 'name of the run')
    .option('--json <path>', 'write the report')
    .option('--html <path>', 'write a self-contained page')
    .option('--junit <path>', 'write JUnit XML')
    .option('--markdown <path>', 'write Markdown for a CI summary')
    .option('--csv <path>', 'write one line a call')
    .option('--raw <path>', 'write JSONL with the time of every event')
    .option('--definitions <tool>', 'also print the run as aiperf, vllm, guidellm or loadgen would')
    .option('--collector <url>', 'store the report there')
    .option('--token <token>', "the collector's admin token");
}
