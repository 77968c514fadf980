package report

// style is the style sheet: one column that fits a phone, and pages that break between pictures. Verdicts differ by words, not by colour alone.
const style = `
:root { color-scheme: light; }
body { margin: 0; background: #fff; color: #222; font: 16px/1.5 "Liberation Sans", Arial, Helvetica, sans-serif; }
main { max-width: 860px; margin: 0 auto; padding: 16px; }
h1 { font-size: 1.5em; margin: 0.3em 0; overflow-wrap: anywhere; }
h2 { font-size: 1.15em; margin: 1.6em 0 0.4em; }
p { margin: 0.5em 0; overflow-wrap: anywhere; }
.note { color: #555; font-size: 0.875em; }
.verdict { display: inline-block; margin: 0; padding: 0.1em 0.7em; border-radius: 6px; font-size: 1.6em; font-weight: bold; }
.badge { display: inline-block; min-width: 5.5em; padding: 0 0.5em; border-radius: 4px; text-align: center; font-size: 0.875em; }
.pass { background: #d3ecf8; color: #00466e; }
.warn { background: #fbe6b8; color: #5f4100; }
.fail { background: #b94700; color: #fff; }
.inconclusive { background: #e8e8e8; color: #444; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: 6px 8px; border-top: 1px solid #ddd; text-align: left; vertical-align: top; }
th { font-weight: bold; }
.number { white-space: nowrap; text-align: right; }
.scroll { overflow-x: auto; }
.scroll svg { display: block; width: 100%; min-width: 752px; height: auto; }
@media (max-width: 640px) {
  .results, .results tbody, .results tr, .results td, .results th { display: block; border: 0; padding: 1px 0; }
  .results tr { border-top: 1px solid #ddd; padding: 8px 0; }
  .results .number { text-align: left; white-space: normal; }
}
@media print {
  @page { margin: 15mm; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  .scroll { overflow: visible; }
  .scroll svg { min-width: 0; max-height: 210mm; }
  .figure, tr { break-inside: avoid; }
  h2 { break-after: avoid; }
  .verdict, .badge { border: 1px solid #444; }
}
`
