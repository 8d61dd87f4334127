/* ---- figures ---- */

function panelSvg(figure, panel, isLast, shades, values) {
  const axis = figure.rows[panel.row], points = [];
  const svg = make("svg", {viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", tabindex: 0,
    "aria-label": `${figure.title}${panel.title ? ", " + panel.title : ""}: ${axis.label} over ${figure.x.label}. Arrow keys read the values.`});
  if (panel.matrix) drawMatrix(svg, panel.matrix, points, ...shades);
  else {
    const x = scaleOf(figure.x, values.x, ROOM.left, WIDTH - ROOM.right);
    const y = scaleOf(axis, values.y[panel.row], HEIGHT - ROOM.bottom, ROOM.top);
    drawAxes(svg, x, y, figure.x, axis, isLast);
    for (const series of panel.series) drawSeries(svg, series, x, y, points);
  }
  readable(svg, points);
  return svg;
}

function legendOf(figure) {
  const seen = new Map();
  for (const panel of figure.panels) for (const series of panel.series) if (!series.dashed && series.y.some(isNumber)) seen.set(series.label, series);
  if (!seen.size) return null;
  return make("ul", {class: "legend", "aria-label": "Legend"}, ...[...seen.values()].map(series => make("li", {},
    make("svg", {viewBox: "0 0 34 14", "aria-hidden": true}, series.joined ? make("path", {class: "s", d: "M2,7H32", stroke: colour(series.style)}) : null,
      mark(series, 17, 7)), " " + series.label)));
}

function valuesOf(figure) {
  const rows = [];
  for (const panel of figure.panels) {
    for (const series of panel.series) series.x.forEach((at, i) => { if (isNumber(series.y[i])) rows.push([panel.title || figure.rows[panel.row].label,
      series.label, series.names ? series.names[i] : say(at), say(series.y[i]), series.half ? sayInterval(series.y[i], series.half[i]) : "", series.n ? series.n[i] : ""]); });
    if (panel.matrix) panel.matrix.values.forEach((row, r) => row.forEach((value, c) => { if (isNumber(value)) rows.push([panel.title, panel.matrix.rows[r], panel.matrix.columns[c], say(value), "", panel.matrix.n ? panel.matrix.n[r][c] : ""]); }));
  }
  const details = make("details", {class: "values"}, make("summary", {}, `The ${rows.length} values as a table`));
  details.addEventListener("toggle", () => {
    if (details.open && !details.querySelector("table")) details.append(make("div", {class: "scroll", tabindex: 0, role: "region", "aria-label": "Values"}, make("table", {},
      make("thead", {}, make("tr", {}, ...["panel", "line", "at", "value", "95 % interval", "n"].map(name => make("th", {scope: "col", class: "t"}, name)))),
      make("tbody", {}, ...rows.map(row => make("tr", {}, ...row.map(cell => make("td", {class: "t"}, String(cell)))))))));
  });
  return details;
}

function drawFigure(figure, heading) {
  const matrices = figure.panels.filter(panel => panel.matrix).flatMap(panel => panel.matrix.values.flat()).filter(isNumber);
  const first = figure.panels.find(panel => panel.matrix);
  const shades = first ? [first.matrix.low ?? Math.min(...matrices), first.matrix.high ?? Math.max(...matrices)] : null;
  const values = {x: figure.panels.flatMap(panel => panel.series.flatMap(series => series.x)),
    y: figure.rows.map((_, row) => figure.panels.filter(panel => panel.row === row).flatMap(panel => panel.series.flatMap(series =>
      series.y.flatMap((y, i) => [y, series.half && isNumber(series.half[i]) ? y + series.half[i] : null, series.half && isNumber(series.half[i]) ? y - series.half[i] : null]))))};
  const blocks = []; // panels of one column stand below each other; those of a single one beside each other
  const next = figure.rows.map(() => 0), isSingle = figure.panels.length <= figure.rows.length;
  for (const panel of figure.panels) {
    const column = isSingle ? blocks.length : next[panel.row]++;
    blocks[column] = blocks[column] || make("div", {class: "block"});
    const isLast = isSingle || panel.row === figure.rows.length - 1 || !figure.panels.some(other => other.row > panel.row);
    blocks[column].append(make("h4", {}, [panel.title, figure.rows[panel.row].label].filter(Boolean).join(" – ")), panelSvg(figure, panel, isLast, shades, values));
  }
  return [make(heading || "h3", {}, figure.title), make("div", {class: "panels"}, ...blocks), legendOf(figure), make("figcaption", {}, figure.caption), valuesOf(figure)].filter(Boolean);
}

/* Drawn when it comes near the window: a page of a hundred figures opens at once. */
const waiting = new Map();
const near = "IntersectionObserver" in window ? new IntersectionObserver(entries => entries.forEach(entry => { if (entry.isIntersecting) drawNow(entry.target); }), {rootMargin: "800px"}) : null;
function drawNow(element) {
  const figure = waiting.get(element);
  if (!figure) return;
  waiting.delete(element);
  if (near) near.unobserve(element);
  element.style.minHeight = "";
  element.replaceChildren(...drawFigure(figure));
}
function drawAll() { for (const element of [...waiting.keys()]) drawNow(element); }
addEventListener("beforeprint", drawAll);

function addFigures() {
  let isFirst = true;
  for (const family of data.families) {
    const section = make("section", {}, data.families.length > 1 && family.name ? make("h3", {class: "family"}, family.name) : null);
    for (const i of family.figures) {
      const element = make("figure", {"data-figure": data.figures[i].name, style: "min-height:18rem"});
      waiting.set(element, data.figures[i]);
      if (isFirst) { $("first-figure").append(element); drawNow(element); isFirst = false; continue; }
      section.append(element);
      if (near) near.observe(element); else drawNow(element);
    }
    $("families").append(section);
  }
}
