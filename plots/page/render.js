"use strict";
// Node.js: draws a complete Vega-Lite specification as an SVG on standard output. Strata puts the
// bundles of Vega and the specification before this text.
const compiled = vegaLite.compile(globalThis.specification).spec;
new vega.View(vega.parse(compiled), { renderer: "none", logLevel: vega.Error })
  .toSVG()
  .then((svg) => process.stdout.write(svg + "\n"))
  .catch((error) => {
    process.stderr.write(String(error) + "\n");
    process.exitCode = 1;
  });
