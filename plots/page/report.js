// Draws the charts, opens details, hands out the raw result.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const element = (name, text, parent) => {
    const made = document.createElement(name);
    made.textContent = text;
    if (parent) parent.append(made);
    return made;
  };

  const draw = (place, specification) => strataCharts.draw(place, specification, data.config);

  // What a page carries as gzip in Base64.
  const unpacked = (text) => {
    const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip")));
  };

  // Vega is unpacked and read once the page stands.
  const loadLater = async () => {
    for (const script of document.querySelectorAll("script[data-later]")) {
      const live = document.createElement("script");
      live.textContent = await unpacked(script.textContent).text();
      script.replaceWith(live);
    }
    return "vega" in window;
  };

  const waiting = [];
  const drawNext = () => {
    const place = waiting.shift();
    if (!place) {
      document.documentElement.dataset.drawn = "all";
      return;
    }
    draw(place, data.charts[place.dataset.chart]).then(
      () => { place.dataset.drawn = "yes"; },
      (error) => { element("p", "This chart could not be drawn: " + error.message, place); console.error(error); },
    ).finally(() => setTimeout(drawNext));
  };
  const drawAll = async () => {
    const charts = document.querySelectorAll("main .chart[data-chart]");
    try {
      if (await loadLater()) waiting.push(...charts);
    } catch (error) {
      for (const place of charts) element("p", "This browser can't unpack what draws charts; the numbers are in the table below.", place);
      console.error(error);
    }
    drawNext();
  };
  requestAnimationFrame(() => setTimeout(drawAll));

  const dialog = document.getElementById("detail");
  const showDetail = (cell) => {
    document.getElementById("detail-title").textContent = cell.title;
    const facts = document.getElementById("detail-facts");
    facts.replaceChildren();
    for (const [name, text] of cell.facts) {
      const row = element("tr", "", facts);
      element("th", name, row).scope = "row";
      element("td", text, row);
    }
    const place = document.getElementById("detail-chart");
    place.replaceChildren();
    place.hidden = !cell.points || cell.points.length === 0 || !("vega" in window);
    dialog.showModal();
    if (place.hidden) return;
    const x = { type: "quantitative", scale: { type: "log", nice: false, padding: 12 }, title: "cost over the baseline in each block" };
    const mark = (type, more) => ({ type, ...more });
    draw(place, {
      width: "container", height: 90,
      layer: [
        { data: { values: [{ one: 1 }] }, mark: mark("rule", { strokeDash: [4, 3], opacity: 0.7 }), encoding: { x: { field: "one", ...x } } },
        { data: { values: [{ low: cell.low, high: cell.high }] }, mark: mark("rect", { color: cell.colour, opacity: 0.25 }), encoding: { x: { field: "low", ...x }, x2: { field: "high" } } },
        { data: { values: [{ ratio: cell.ratio }] }, mark: mark("rule", { color: cell.colour, strokeWidth: 2 }), encoding: { x: { field: "ratio", ...x } } },
        { data: { values: cell.points }, mark: mark("point", { filled: true, color: cell.colour, size: 45, opacity: 0.8 }),
          encoding: { x: { field: "ratio", ...x, axis: { format: "~r" } }, y: { field: "block", type: "quantitative", title: "block", axis: { tickCount: 3, format: "d" } },
            tooltip: [{ field: "block", title: "block" }, { field: "ratio", title: "ratio", format: ".4~r" }] } },
      ],
    });
  };
  addEventListener("click", (event) => {
    const button = event.target.closest("button[data-cell]");
    if (button) showDetail(data.cells[button.dataset.cell]);
    if (event.target === dialog) dialog.close();
  });

  // Arrows walk over the cells of a table.
  addEventListener("keydown", (event) => {
    const cell = event.target.closest?.("td");
    if (!cell || !event.target.matches("button[data-cell]")) return;
    const row = cell.parentElement;
    const rows = [...row.parentElement.children];
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    let next = { ArrowLeft: cell.previousElementSibling, ArrowRight: cell.nextElementSibling }[event.key];
    for (let at = rows.indexOf(row) + step; step && rows[at]; at += step) {
      next = rows[at].children[cell.cellIndex];
      if (next) break;
    }
    const button = next?.querySelector("button");
    if (!button) return;
    event.preventDefault();
    button.focus();
  });

  document.getElementById("download")?.addEventListener("click", async () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([await unpacked(data.raw.gzip).arrayBuffer()], { type: "application/json" }));
    link.download = data.raw.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });

  // On paper everything is unfolded.
  const unfolded = [];
  addEventListener("beforeprint", () => {
    for (const one of document.querySelectorAll("#overhead details:not([open])")) {
      one.open = true;
      unfolded.push(one);
    }
  });
  addEventListener("afterprint", () => {
    for (const one of unfolded.splice(0)) one.open = false;
  });
})();
