// A cell's data is loaded, and its chart drawn, when the cell is opened.
(() => {
  const up = document.body.dataset.up;

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
    strataCharts.draw(place.querySelector(".chart"), cell.specification, chartConfig).then(() => { place.dataset.drawn = "yes"; });
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
