// The page's style: system fonts, light and dark, no address outside the file.

export const HTML_STYLE = `
:root { color-scheme: light dark; --ink: #1b2430; --soft: #5c6b7d; --line: #dde3ea; --card: #ffffff; --page: #f4f6f9;
  --a: #2563eb; --b: #d9480f; --c: #0f9d7a; --d: #9333ea; --good: #15803d; --bad: #c81e1e; --open: #a16207; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf2; --soft: #9aa8ba; --line: #2c3746; --card: #18202b; --page: #0f151d;
  --a: #6ea0ff; --b: #ff9153; --c: #45d1ab; --d: #c48bff; --good: #4ade80; --bad: #ff7b7b; --open: #facc15; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 28px 20px 60px; }
h1 { font-size: 24px; margin: 0 0 4px; } h2 { font-size: 17px; margin: 34px 0 12px; } h3 { font-size: 14px; margin: 0 0 8px; font-weight: 600; }
p.sub { color: var(--soft); margin: 2px 0; overflow-wrap: anywhere; }
.verdict { display: inline-block; padding: 4px 14px; border-radius: 999px; color: #fff; font-weight: 700; letter-spacing: .03em; }
.PASS { background: #15803d; } .FAIL { background: #c81e1e; } .INCONCLUSIVE { background: #a16207; } .INVALID { background: #5b3a9e; }
.head { display: flex; justify-content: space-between; gap: 20px; align-items: flex-start; flex-wrap: wrap; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(128px, 1fr)); gap: 12px; margin-top: 20px; }
.card, figure { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; margin: 0; }
.card b { display: block; font-size: 23px; font-weight: 650; font-variant-numeric: tabular-nums; } .card span.name { color: var(--soft); font-size: 13px; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); gap: 14px; }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 7px 12px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--soft); font-weight: 600; font-size: 13px; } tr:last-child td { border-bottom: 0; }
th:first-child, td:first-child { text-align: left; } td.text { text-align: left; white-space: normal; min-width: 220px; }
.pass { color: var(--good); font-weight: 600; } .fail { color: var(--bad); font-weight: 600; } .inconclusive { color: var(--open); font-weight: 600; }
svg { width: 100%; height: auto; display: block; } svg text { font: 11px system-ui, sans-serif; fill: var(--soft); }
.grid { stroke: var(--line); } .axis { stroke: var(--soft); } .bar { fill: var(--a); opacity: .75; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; } .line-0 { stroke: var(--a); } .line-1 { stroke: var(--b); } .line-2 { stroke: var(--c); } .line-3 { stroke: var(--d); }
.dot-0 { fill: var(--a); } .dot-1 { fill: var(--b); } .dot-2 { fill: var(--c); } .dot-3 { fill: var(--d); }
.mark { stroke-width: 1.5; stroke-dasharray: 4 3; } .mark-0 { stroke: var(--c); } .mark-1 { stroke: var(--b); } .mark-2 { stroke: var(--bad); }
svg .mark-text { font-weight: 600; paint-order: stroke; stroke: var(--card); stroke-width: 4px; } svg .mark-text-0 { fill: var(--c); } svg .mark-text-1 { fill: var(--b); } svg .mark-text-2 { fill: var(--bad); }
.fill-0 { fill: var(--b); } .fill-1 { fill: var(--a); } .fill-2 { fill: var(--c); } .fill-3 { fill: var(--d); }
.box { fill: var(--a); fill-opacity: .3; stroke: var(--a); stroke-width: 1.5; } .median { stroke: var(--b); stroke-width: 2.5; } .whisker { stroke: var(--a); stroke-width: 1.5; }
.legend { display: flex; gap: 16px; flex-wrap: wrap; color: var(--soft); font-size: 12.5px; margin-top: 4px; } .legend span { display: flex; align-items: center; gap: 6px; }
.swatch { width: 11px; height: 11px; border-radius: 3px; } .swatch-0 { background: var(--a); } .swatch-1 { background: var(--b); } .swatch-2 { background: var(--c); } .swatch-3 { background: var(--d); }
.phases .swatch-0 { background: var(--b); } .phases .swatch-1 { background: var(--a); }
ul.reasons { margin: 8px 0 0; padding-left: 20px; } footer { color: var(--soft); font-size: 13px; margin-top: 36px; }
@media (max-width: 640px) { svg text { font-size: 16px; } }
@media print { body { background: #fff; } .card, figure, .scroll { break-inside: avoid; } }
`;
