"use strict";
// A cell's data is loaded, and its chart drawn, when the cell is opened.
(() => {
  const up = document.body.dataset.up;
  const tip = document.getElementById("tip");
  const refuse = () => Promise.reject(new Error("this page fetches nothing"));

  const showTip = (_, event, item, value) => {
    tip.hidden = value === null || value === undefined || value === "";
    if (tip.hidden) return;
    tip.replaceChildren();
    for (const [name, text] of Object.entries(value)) {
      const line = document.createElement("div");
      line.textContent = name + ": " + text;
      tip.append(line);
    }
    tip.style.left = Math.max(4, Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8)) + "px";
    tip.style.top = Math.max(4, event.clientY + 16 + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 10 : event.clientY + 16) + "px";
  };

  const tableOf = (titles, rows) => {
    const table = document.createElement("table");
    const head = table.createTHead().insertRow();
    for (const title of titles) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = title;
      head.append(cell);
    }
    const body = table.createTBody();
    for (const row of rows.toReversed?.() ?? [...rows].reverse()) {
      const line = body.insertRow();
      for (const text of row) line.insertCell().textContent = text;
    }
    return table;
  };

  window.strataCell = (id, cell) => {
    const place = document.getElementById(id);
    place.querySelector(".cell-table").append(tableOf(cell.titles, cell.rows));
    if (!("vegaLite" in window)) return;
    const compiled = vegaLite.compile(cell.specification, { config: chartConfig, logger: vega.logger(vega.Error) }).spec;
    const view = new vega.View(vega.parse(compiled, null, { ast: true }), {
      expr: vega.expressionInterpreter,
      loader: { load: refuse, sanitize: refuse, http: refuse, file: refuse },
      renderer: "svg",
      container: place.querySelector(".chart"),
      hover: true,
      logLevel: vega.Error,
    });
    view.tooltip(showTip);
    view.runAsync().then(() => {
      place.querySelector("svg").setAttribute("aria-hidden", "true");
      place.dataset.drawn = "yes";
    });
  };

  const load = (place) => {
    if (!place.open || place.dataset.loaded) return;
    place.dataset.loaded = "yes";
    const script = document.createElement("script");
    script.src = up + "data/" + place.dataset.cell + ".js";
    document.head.append(script);
  };
  for (const place of document.querySelectorAll("details.cell")) place.addEventListener("toggle", () => load(place));
  const openNamed = () => {
    const named = document.getElementById(location.hash.slice(1));
    if (named?.matches("details.cell")) named.open = true;
  };
  addEventListener("hashchange", openNamed);
  openNamed();
})();
