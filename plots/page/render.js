"use strict";
// Node.js: draws a complete Vega-Lite specification as an SVG on standard output. Strata puts the
// bundles of Vega, draw.js and the specification before this text.
const { specification } = globalThis;
const ink = specification.config.title.color;
// Without a browser there are no fonts to measure: Vega's own guess is far too wide.
vega.textMetrics.width = (item, text) => {
  const lines = [text ?? item.text ?? ""].flat();
  return 0.6 * (item.fontSize ?? 11) * Math.max(...lines.map((one) => String(one).length));
};
// Where the reader's page is dark, the chart is: texts and axes take the document's colour.
const config = JSON.parse(JSON.stringify(specification.config).replaceAll(`"${ink}"`, '"currentColor"'));
specification.config = strataCharts.fitted(config, specification, typeof specification.width === "number" ? specification.width : 1000);
const style = "@media (prefers-color-scheme:dark){svg{color:#e8eaee}svg>rect:first-of-type{fill:#14171c}}";
const compiled = vegaLite.compile(specification).spec;
new vega.View(vega.parse(compiled), { renderer: "none", logLevel: vega.Error })
  .toSVG()
  .then((svg) => process.stdout.write(svg.replace(/^<svg ([^>]*)>/, (_, rest) => `<svg color="${ink}" ${rest}><style>${style}</style>`) + "\n"))
  .catch((error) => {
    process.stderr.write(String(error) + "\n");
    process.exitCode = 1;
  });
