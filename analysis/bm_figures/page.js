"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const $ = id => document.getElementById(id);
const WIDTH = 340, HEIGHT = 190, ROOM = {left: 46, right: 10, top: 8, bottom: 40};

/* Elements are made, never parsed: texts stay texts. */
function make(name, attributes, ...children) {
  const isSvg = /^(svg|g|path|line|rect|text|title)$/.test(name);
  const element = isSvg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {}))
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
}
const isNumber = value => typeof value === "number" && isFinite(value);
const say = value => isNumber(value) ? String(Number(value.toPrecision(4))) : "–";
/* "98 ± 5.0"; what is rounding alone is 0. */
const sayInterval = (mean, half) => isNumber(half) ? ` ± ${half < 1e-9 * Math.abs(mean) ? 0 : half >= 10 ? Math.round(half) : half.toPrecision(2)}` : "";

/* ---- scales ---- */

function niceTicks(low, high, most) {
  const raw = (high - low) / most, power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find(m => m * power >= raw);
  const ticks = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step * 1e-9; at += step) ticks.push([at, say(Math.abs(at) < step * 1e-9 ? 0 : at)]);
  return ticks;
}

function scaleOf(axis, values, from, to) {
  const finite = values.filter(isNumber);
  let low = axis.low, high = axis.high;
  const least = finite.reduce((a, b) => Math.min(a, b), Infinity), most = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  const spare = 0.06 * (most - least) || 0.5;
  if (!isNumber(low)) low = finite.length ? least - spare : 0;
  if (!isNumber(high)) high = finite.length ? most + spare : 1;
  if (!(high > low)) high = low + 1;
  const turn = axis.log ? Math.log : value => value;
  const place = value => from + (turn(Math.max(value, axis.log ? low * 0.999 : -Infinity)) - turn(low)) / (turn(high) - turn(low)) * (to - from);
  return {place, low, high, ticks: axis.ticks || niceTicks(low, high, 5)};
}

/* ---- marks ---- */

const SHAPES = [r => `M${-r},0a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0z`, r => `M${-r},${-r}h${2 * r}v${2 * r}h${-2 * r}z`,
  r => `M0,${-1.2 * r}L${1.2 * r},${r}H${-1.2 * r}z`, r => `M0,${-1.4 * r}L${1.4 * r},0L0,${1.4 * r}L${-1.4 * r},0z`,
  r => `M0,${1.2 * r}L${1.2 * r},${-r}H${-1.2 * r}z`, r => `M${-r / 2},${-1.3 * r}h${r}v${0.8 * r}h${0.8 * r}v${r}h${-0.8 * r}v${0.8 * r}h${-r}v${-0.8 * r}h${-0.8 * r}v${-r}h${0.8 * r}z`,
  r => `M${-r},${-1.3 * r}L0,${-0.4 * r}L${r},${-1.3 * r}L${1.3 * r},${-r}L${0.4 * r},0L${1.3 * r},${r}L${r},${1.3 * r}L0,${0.4 * r}L${-r},${1.3 * r}L${-1.3 * r},${r}L${-0.4 * r},0L${-1.3 * r},${-r}z`,
  r => `M${-1.2 * r},0L${r},${-1.2 * r}V${1.2 * r}z`, r => `M${1.2 * r},0L${-r},${-1.2 * r}V${1.2 * r}z`];
const colour = style => `var(--c${style % 7})`;
function mark(series, x, y) {
  return make("path", {d: SHAPES[series.style % SHAPES.length](3.2), transform: `translate(${x.toFixed(1)},${y.toFixed(1)})`, stroke: colour(series.style),
    fill: series.dashed ? "var(--paper)" : colour(series.style), "stroke-width": series.dashed ? 1.2 : 0.5});
}

/* A path that breaks where a value is missing. */
function pathOf(series, x, y) {
  let path = "", pen = "M";
  series.x.forEach((at, i) => {
    if (!isNumber(series.y[i])) { pen = "M"; return; }
    path += `${pen}${x(at).toFixed(1)},${y(series.y[i]).toFixed(1)}`;
    pen = "L";
  });
  return path;
}

function drawSeries(svg, series, x, y, points) {
  if (series.joined)
    svg.append(make("path", {class: "s", d: pathOf(series, x.place, y.place), stroke: colour(series.style), "stroke-dasharray": series.dashed ? "5 3" : null}));
  series.x.forEach((at, i) => {
    const value = series.y[i], half = series.half ? series.half[i] : null;
    if (!isNumber(value)) return;
    const px = x.place(at), py = y.place(value);
    if (isNumber(half)) {
      const top = y.place(value + half), foot = y.place(value - half), highest = ROOM.top, lowest = HEIGHT - ROOM.bottom;
      const cap = at => at >= highest && at <= lowest ? `M${px - 3},${at}h6` : ""; // one that is cut off has none
      svg.append(make("path", {class: "bar", stroke: colour(series.style), d: `M${px},${Math.max(top, highest)}V${Math.min(foot, lowest)}${cap(top)}${cap(foot)}`}));
    }
    svg.append(mark(series, px, py));
    points.push({x: px, y: py, run: series.runs ? series.runs[i] : null,
      text: `${series.label}\n${series.names ? series.names[i] : say(at)}: ${say(value)}${sayInterval(value, half)}` +
        (series.runs ? `, at ${say(at)}` : "") + (series.n && series.n[i] !== null ? ` (n = ${series.n[i]})` : "")});
  });
}

function drawAxes(svg, x, y, xAxis, yAxis, isLast) {
  const foot = HEIGHT - ROOM.bottom, right = WIDTH - ROOM.right;
  for (const [value, text] of y.ticks) {
    if (value < y.low || value > y.high) continue;
    const at = y.place(value);
    svg.append(make("line", {class: "grid", x1: ROOM.left, x2: right, y1: at, y2: at}), make("text", {x: ROOM.left - 5, y: at + 4, "text-anchor": "end"}, text));
  }
  if (isNumber(yAxis.chance)) svg.append(make("line", {class: "chance", x1: ROOM.left, x2: right, y1: y.place(yAxis.chance), y2: y.place(yAxis.chance)}));
  for (const at of xAxis.breaks) svg.append(make("line", {class: "break", x1: x.place(at), x2: x.place(at), y1: ROOM.top, y2: foot}));
  const letters = x.ticks.reduce((sum, [, text]) => sum + text.length + 1.5, 0), hasNames = x.ticks.some(([, text]) => text.length > 4);
  const turned = hasNames && letters * 6 > right - ROOM.left;
  const taken = []; // texts that would stand in the way of others are left out; both ends come first
  const ends = x.ticks.length > 2 ? [x.ticks[x.ticks.length - 1], x.ticks[0], ...x.ticks.slice(1, -1).reverse()] : x.ticks;
  for (const [value, name] of ends) {
    if (value < x.low || value > x.high) continue;
    const at = x.place(value), half = 3 * name.length + 2, fits = hasNames || taken.every(([low, high]) => at + half <= low || at - half >= high);
    const text = fits ? name : "";
    if (fits) taken.push([at - half, at + half]);
    svg.append(make("line", {class: "frame", x1: at, x2: at, y1: foot, y2: foot + 3}),
      turned ? make("text", {transform: `translate(${at + 3},${foot + 13}) rotate(-28)`, "text-anchor": "end", style: "font-size:9px"}, text)
        : make("text", {x: at, y: foot + 15, "text-anchor": "middle"}, text));
  }
  svg.append(make("path", {class: "frame", d: `M${ROOM.left},${ROOM.top}V${foot}H${right}`}));
  if (isLast && !turned) svg.append(make("text", {class: "what", x: (ROOM.left + right) / 2, y: HEIGHT - 6, "text-anchor": "middle"}, xAxis.label));
}

/* ---- heat maps ---- */

const SHADES = [[0, 34, 78], [50, 69, 108], [107, 109, 114], [165, 152, 116], [224, 200, 91], [254, 232, 56]]; // cividis
function shade(share) {
  const at = Math.max(0, Math.min(1, share)) * (SHADES.length - 1), i = Math.min(Math.floor(at), SHADES.length - 2);
  return SHADES[i].map((from, c) => Math.round(from + (SHADES[i + 1][c] - from) * (at - i)));
}

function drawMatrix(svg, matrix, points, low, high) {
  const left = 70, foot = HEIGHT - 34, width = (WIDTH - left - 4) / matrix.columns.length, height = (foot - 4) / matrix.rows.length;
  matrix.values.forEach((row, r) => {
    svg.append(make("text", {x: left - 5, y: 4 + (r + 0.5) * height + 4, "text-anchor": "end"}, matrix.rows[r]));
    row.forEach((value, c) => {
      const cell = {x: left + c * width, y: 4 + r * height, width, height}, rgb = isNumber(value) ? shade((value - low) / (high - low || 1)) : null;
      svg.append(make("rect", {...cell, fill: rgb ? `rgb(${rgb})` : "none", stroke: "var(--paper)"}),
        make("text", {x: cell.x + width / 2, y: cell.y + height / 2 + 4, "text-anchor": "middle",
          style: `font-size:${Math.min(11, width / 3)}px;fill:${!rgb ? "var(--soft)" : rgb[1] < 130 ? "#fff" : "#000"}`},
        isNumber(value) ? value.toFixed(matrix.digits) : "–"));
      points.push({x: cell.x + width / 2, y: cell.y + height / 2, run: null,
        text: `${matrix.rows[r]}, ${matrix.columns[c]}: ${isNumber(value) ? value.toFixed(matrix.digits) : "no value yet"}` + (matrix.n ? ` (n = ${matrix.n[r][c]})` : "")});
    });
  });
  const turned = matrix.columns.join("  ").length * 6 > WIDTH - left;
  matrix.columns.forEach((name, c) => svg.append(make("text", {transform: `translate(${left + (c + 0.5) * width},${foot + 13}) rotate(${turned ? -28 : 0})`,
    "text-anchor": turned ? "end" : "middle", style: turned ? "font-size:9px" : null}, name)));
}

/* ---- reading values ---- */

function showTip(point, svg) {
  const tip = $("tip"), box = svg.getBoundingClientRect(), factor = box.width / WIDTH;
  tip.textContent = point.text;
  tip.hidden = false;
  const x = box.left + point.x * factor, y = box.top + point.y * factor;
  tip.style.left = Math.max(4, Math.min(x + 12, innerWidth - tip.offsetWidth - 4)) + "px";
  tip.style.top = Math.max(4, y - tip.offsetHeight - 10) + "px";
  let ring = svg.querySelector(".now");
  if (!ring) svg.append(ring = make("path", {class: "now", d: SHAPES[0](7)}));
  ring.setAttribute("transform", `translate(${point.x},${point.y})`);
}
function hideTip(svg) {
  $("tip").hidden = true;
  const ring = svg.querySelector(".now");
  if (ring) ring.remove();
}

function readable(svg, points) {
  let at = -1;
  const nearest = event => {
    const box = svg.getBoundingClientRect(), x = (event.clientX - box.left) * WIDTH / box.width, y = (event.clientY - box.top) * WIDTH / box.width;
    let best = -1, least = 45 ** 2;
    points.forEach((point, i) => { const d = (point.x - x) ** 2 + (point.y - y) ** 2; if (d < least) { least = d; best = i; } });
    return best;
  };
  const show = i => { at = i; if (i < 0) hideTip(svg); else showTip(points[i], svg); };
  svg.addEventListener("pointermove", event => show(nearest(event)));
  svg.addEventListener("pointerdown", event => show(nearest(event)));
  svg.addEventListener("pointerleave", () => hideTip(svg));
  svg.addEventListener("blur", () => hideTip(svg));
  svg.addEventListener("click", event => { const i = nearest(event); if (i >= 0 && points[i].run) openRun(points[i].run); });
  svg.addEventListener("keydown", event => {
    const step = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key];
    if (step && points.length) { show((at + step + points.length) % points.length); event.preventDefault(); }
    else if (event.key === "Enter" && at >= 0 && points[at].run) openRun(points[at].run);
    else if (event.key === "Escape") hideTip(svg);
  });
}

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
  for (const panel of figure.panels) for (const series of panel.series) if (!series.dashed) seen.set(series.label, series);
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

/* ---- the table of runs ---- */

const STEP = 200;
const ids = data.columns[0].values;
const view = {sort: null, falls: false, most: STEP, rows: []};

function cellOf(column, row) { return column.values[row]; }
function cellText(column, row) {
  const value = cellOf(column, row);
  return value === null ? "" : column.kind === "id" ? value.slice(0, 8) : String(value);
}
function keyOf(column, row) { return column.order ? column.order[row] : cellOf(column, row); }

function readFilter(text) {
  return text.trim().split(/\s+/).filter(Boolean).map(term => {
    const parts = /^([\w.]+)(!=|<=|>=|=|<|>)(.*)$/.exec(term);
    const column = parts && data.columns.find(column => column.name === parts[1]);
    const fixed = parts && !column ? data.settings.same[parts[1]] ?? null : null;
    if (!column && fixed === null) return row => data.columns.some(column => cellText(column, row).toLowerCase().includes(term.toLowerCase()));
    const [, , sign, wanted] = parts;
    return row => {
      const text = column ? cellText(column, row) : String(fixed), a = text === "inf" ? Infinity : text === "none" ? 0 : Number(text), b = wanted === "inf" ? Infinity : wanted === "none" ? 0 : Number(wanted);
      if (sign === "=") return text === wanted || (wanted !== "" && text !== "" && a === b);
      if (sign === "!=") return !(text === wanted || (wanted !== "" && text !== "" && a === b));
      return text !== "" && (sign === "<" ? a < b : sign === "<=" ? a <= b : sign === ">" ? a > b : a >= b);
    };
  });
}

function meanOf(values) {
  const finite = values.filter(isNumber), n = finite.length;
  if (!n) return {mean: null, half: null, n};
  const mean = finite.reduce((a, b) => a + b, 0) / n;
  if (n < 2) return {mean, half: null, n};
  const deviation = Math.sqrt(finite.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (n - 1));
  return {mean, half: data.t[Math.min(n - 1, data.t.length - 1)] * deviation / Math.sqrt(n), n};
}

/* Rows of {key by column, text by column, run}: runs, or means over the seeds of a group. */
function tableRows(rows) {
  if (!$("group").checked) return {columns: data.columns, rows: rows.map(row => ({keys: data.columns.map(c => keyOf(c, row)), texts: data.columns.map(c => cellText(c, row)), run: ids[row]}))};
  const settings = data.columns.filter(c => c.kind === "setting"), numbers = data.columns.filter(c => c.kind === "number");
  const status = data.columns.find(c => c.name === "status"), groups = new Map();
  for (const row of rows) {
    const key = settings.map(c => cellText(c, row)).join("\u0000");
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(row);
  }
  const counted = {name: "n", title: "seeds done / all", kind: "count"};
  return {columns: [...settings, counted, ...numbers], rows: [...groups.values()].map(members => {
    const done = members.filter(row => status.values[row] === "done"), means = numbers.map(c => meanOf(done.map(row => c.values[row])));
    return {run: null, keys: [...settings.map(c => keyOf(c, members[0])), done.length, ...means.map(m => m.mean)],
      texts: [...settings.map(c => cellText(c, members[0])), `${done.length} / ${members.length}`, ...means.map(m => m.mean === null ? "" : say(m.mean) + sayInterval(m.mean, m.half))]};
  })};
}

function compare(a, b) {
  const empty = value => value === null || value === undefined || value === "";
  if (empty(a) || empty(b)) return empty(a) - empty(b);
  const x = a === "inf" ? Infinity : a === "none" ? -Infinity : Number(a), y = b === "inf" ? Infinity : b === "none" ? -Infinity : Number(b);
  if (!isNaN(x) && !isNaN(y)) return x < y ? -1 : x > y ? 1 : 0;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

function fillTable() {
  const terms = readFilter($("filter").value), chosen = [];
  for (let row = 0; row < ids.length; row++) if (terms.every(term => term(row))) chosen.push(row);
  const {columns, rows} = tableRows(chosen), at = columns.findIndex(column => column.name === view.sort);
  if (at >= 0) rows.sort((a, b) => { const x = a.keys[at], y = b.keys[at], gone = v => v === null || v === ""; return (view.falls && !gone(x) && !gone(y) ? -1 : 1) * compare(x, y); });
  const isText = column => column.kind === "id" || column.kind === "setting" || column.kind === "text";
  $("table").tHead.replaceChildren(make("tr", {}, ...columns.map(column => make("th", {scope: "col", class: isText(column) ? "t" : null,
    "aria-sort": view.sort === column.name ? (view.falls ? "descending" : "ascending") : "none"},
  make("button", {type: "button", "data-sort": column.name}, column.title + (view.sort === column.name ? (view.falls ? " ▼" : " ▲") : ""))))));
  $("table").tBodies[0].replaceChildren(...rows.slice(0, view.most).map(row => make("tr", {}, ...row.texts.map((text, c) => make("td", {class: isText(columns[c]) ? "t" : null},
    columns[c].kind === "id" ? make("button", {type: "button", "data-run": row.run, "aria-label": `Run ${text}: settings, curves, profile`}, text) : text)))));
  $("more").hidden = rows.length <= view.most;
  $("more").textContent = `Show more (${Math.max(0, rows.length - view.most)} are left)`;
  $("count").textContent = `${rows.length} ${$("group").checked ? "groups of " + chosen.length + " runs" : "of " + ids.length + " runs"}`;
}

$("table").addEventListener("click", event => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.run) return openRun(button.dataset.run);
  const name = button.dataset.sort;
  view.falls = view.sort === name ? !view.falls : false;
  view.sort = name;
  fillTable();
  for (const other of $("table").tHead.querySelectorAll("button")) if (other.dataset.sort === name) other.focus();
});
for (const id of ["filter", "group"]) $(id).addEventListener("input", () => { view.most = STEP; fillTable(); });
$("more").addEventListener("click", () => { view.most += 5 * STEP; fillTable(); });

/* ---- one run ---- */

const settingOf = (key, row) => key in data.settings.same ? data.settings.same[key] : data.settings.other[key][row];

/* A sweep file of this run alone. Some columns have a name, or a way to write lists, that sweep files have not. */
function sweepOf(row) {
  const names = {class_list: "classes"}, inList = text => `[${text.split(",").filter(Boolean).join(", ")}]`;
  const quote = text => /^[\w.+\-\/]+$/.test(text) ? text : JSON.stringify(text);
  const text = key => data.settings.keys.includes(key) ? String(settingOf(key, row)) : "";
  const lines = data.settings.keys.filter(key => key !== "knn_also").map(key => {
    const value = key === "probes" ? inList(text(key)) : key === "knn_k" && text("knn_also") ? inList(`${text(key)},${text("knn_also")}`)
      : key === "class_list" && text(key).includes(",") ? inList(text(key)) : quote(text(key));
    return `  ${names[key] || key}: ${value}`;
  });
  return `name: again\nresults: again.h5\nfixed:\n${lines.join("\n")}\n`;
}

function runFigure(title, x, rows, panels, caption) { return make("figure", {}, ...drawFigure({title, caption, x, rows, panels}, "h3")); }

function curveFigure(row) {
  const [epochs, ...columns] = data.curves.of[row];
  if (!epochs.length) return null;
  const rows = data.curves.titles.map(title => ({label: title, low: title.includes("%") ? 0 : null, high: null, log: false, breaks: [], chance: null, ticks: null}));
  return runFigure("Over the epochs", {label: "epoch", low: 0, breaks: []}, rows, columns.map((y, i) => ({title: "", row: i,
    series: [{label: data.curves.titles[i], x: epochs, y, style: i, joined: true, names: epochs.map(e => `epoch ${e}`)}]})),
  data.curves.thinned ? `At most ${data.curves.thinned} evaluations of a run are in this page; bm-results curve has all.` : "Each evaluation of the run.");
}

function profileFigure(row) {
  const {taps, titles, of} = data.profiles, x = taps.map((_, i) => i);
  const panels = titles.map((title, i) => ({title: "", row: i, series: [false, true].map(isStart => ({label: title + (isStart ? ", before training" : ""), dashed: isStart,
    x, y: of[row][i][isStart ? 1 : 0], style: i, joined: true, names: taps}))}));
  if (!panels.some(panel => panel.series.some(series => series.y.some(isNumber)))) return null;
  return runFigure("What each layer knows", {label: "layer (tap)", ticks: taps.map((tap, i) => [i, tap]), low: -0.3, high: taps.length - 0.7, breaks: []},
    titles.map(title => ({label: title, low: title.includes("%") ? 0 : null, breaks: []})), panels, "At the end; dashed, hollow: before training.");
}

function openRun(id) {
  const row = ids.indexOf(id);
  if (row < 0) return;
  const pairs = (names, text) => make("table", {}, make("tbody", {}, ...names.map(name => make("tr", {}, make("th", {scope: "row", class: "t"}, name), make("td", {class: "t"}, text(name))))));
  const measured = data.columns.filter(c => c.kind === "number" || c.name === "status"), id8 = id.slice(0, 8);
  $("run-body").replaceChildren(make("button", {type: "button", id: "close", onclick: () => $("run").close()}, "Close"), make("h2", {id: "run-title"}, `Run ${id8}`),
    pairs(measured.map(c => c.title), title => cellText(measured.find(c => c.title === title), row)),
    ...[profileFigure(row), curveFigure(row)].filter(Boolean),
    make("details", {open: data.settings.keys.length < 12}, make("summary", {}, "All settings"), pairs(data.settings.keys, key => String(settingOf(key, row)))),
    make("h3", {}, "How to reproduce it"), make("p", {}, "Save this as again.yaml, and: bm-sweep again.yaml. The run has the same id, and on the same instruction set, with one thread count, the same bits."),
    make("pre", {id: "again", tabindex: 0}, sweepOf(row)), make("p", {}, "What it printed, and its evaluations:"), make("pre", {tabindex: 0}, `bm-results log ${data.file} ${id8}\nbm-results curve ${data.file} ${id8}`));
  $("run").showModal();
  history.replaceState(null, "", "#run-" + id8);
}
$("run").addEventListener("close", () => history.replaceState(null, "", location.pathname + location.search));

addFigures();
fillTable();
if (location.hash.startsWith("#run-")) openRun(ids.find(id => id.startsWith(location.hash.slice(5))));
document.documentElement.dataset.ready = Math.round(performance.now());
