"use strict";
// What a report, a site and files share: charts drawn by Vega, and what lies under the pointer.
// All texts go in as text, never as markup.
const strataCharts = (() => {
  const refuse = () => Promise.reject(new Error("this page fetches nothing"));

  const line = (parent, name, text) => {
    const made = document.createElement("div");
    if (name) {
      const bold = document.createElement("b");
      bold.textContent = name + ": ";
      made.append(bold);
    }
    made.append(String(text));
    parent.append(made);
  };

  // Vega calls it with what lies under the pointer.
  const showTip = (_, event, item, value) => {
    const tip = document.getElementById("tip");
    tip.hidden = value === null || value === undefined || value === "";
    if (tip.hidden) return;
    tip.replaceChildren();
    for (const [name, text] of typeof value === "object" ? Object.entries(value) : [["", value]]) line(tip, name, text);
    const x = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
    const below = event.clientY + 16;
    const y = below + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 10 : below;
    tip.style.left = Math.max(4, x) + "px";
    tip.style.top = Math.max(4, y) + "px";
  };

  // Legends and labels of axes that leave room for the chart.
  const fitted = (config, specification, width) => {
    const coloured = [specification, ...(specification.layer ?? [])].find((one) => one.encoding?.color?.scale?.domain);
    const names = coloured?.encoding.color.scale.domain ?? [""];
    const longest = Math.max(...names.map((name) => Math.min(String(name).length, 32)));
    const columns = Math.max(1, Math.floor(0.8 * width / (7.5 * longest + 34)));
    return {
      ...config,
      axis: { ...config.axis, labelLimit: Math.min(230, 0.36 * width) },
      legend: { ...config.legend, columns: Math.min(columns, 6) },
    };
  };

  const draw = async (place, specification, config) => {
    const compiled = vegaLite.compile(specification, {
      config: fitted(config, specification, place.clientWidth || 640),
      logger: vega.logger(vega.Error),
    }).spec;
    const view = new vega.View(vega.parse(compiled, null, { ast: true }), {
      expr: vega.expressionInterpreter,
      loader: { load: refuse, sanitize: refuse, http: refuse, file: refuse },
      renderer: "svg",
      container: place,
      hover: true,
      logLevel: vega.Error,
    });
    view.tooltip(showTip);
    // The place has a label, and its numbers stand in a table: the marks say nothing further.
    await view.runAsync();
    place.querySelector("svg").setAttribute("aria-hidden", "true");
  };

  return { draw, fitted };
})();
